import"./chunk-RKDBQUF5.js";import{a as V,b as $,c as K}from"./chunk-JRJRSATG.js";import{a as D,b as m,c as I,d as N,e as U,f as c,g,h as l}from"./chunk-FF5KPUS5.js";import{b as z}from"./chunk-KMNYAXL6.js";import{c as k}from"./chunk-U2O5OPXW.js";import"./chunk-THLAPOLT.js";import{b as C}from"./chunk-WVDRAASE.js";import{b as A,c as F,d as b,e as h,f,g as T,h as O,m as j,n as q,o as P}from"./chunk-72SXNYQF.js";import{a as v}from"./chunk-KMEPKDRZ.js";import"./chunk-SDNW3ZYT.js";import{b as x,c as R}from"./chunk-VTPPBY5V.js";import{a as H}from"./chunk-7KZMCU4E.js";import{a as w,c as p}from"./chunk-NZVTWSHD.js";import{a as M}from"./chunk-BUE45I3N.js";import{a as r,d}from"./chunk-GITWVITB.js";import{c as _,e as L,f as e}from"./chunk-HJJFNUPL.js";function W(o){let t=[["sentence",e("se.speak.sentence")],["done",e("se.speak.done")],["off",e("se.speak.off")]];return r`${Q(o)}${X(o)}${Y(o)}
    ${l("announce",e("se.announce"),c("speak",e("se.speak"),t,h("speak"),s=>y(()=>f("speak",s),o)))}`}function y(o,t){o(),t()}function Q(o){let t=b.value,s=n=>y(()=>b.update(n),o),a=[["auto",e("aa.auto")],["light",e("aa.light")],["sepia",e("aa.sepia")],["dark",e("aa.dark")]],i=[["narrow",e("se.narrow")],["normal",e("se.normal")],["wide",e("se.wide")]],u=["se.close","se.usual","se.far","se.farther"];return l("reading",e("se.reading"),r`
    <p class="soft">${e("se.device")}</p>
    ${c("theme",e("se.theme"),a,h("theme"),n=>y(()=>f("theme",n),o))}
    ${g("size",e("aa.size"),A.map(n=>[String(n),`${L(n)} %`]),String(t.size),n=>s({size:Number(n)}))}
    ${g("line",e("aa.line"),F.map((n,J)=>[String(n),e(u[J])]),String(t.line),n=>s({line:Number(n)}))}
    ${c("width",e("aa.width"),i,t.width,n=>s({width:n}))}
    ${c("face",e("se.face"),[["book",e("se.face.book")],["sans",e("se.face.sans")]],t.face,n=>s({face:n}))}
    ${c("urdu",e("se.urdu"),[["nastaliq",e("aa.nastaliq")],["naskh",e("aa.naskh")]],t.urdu,n=>s({urdu:n}))}`)}function X(o){return l("language",e("se.language"),r`
    ${c("tongue",e("au.language"),[["en","English"],["ur","اردو"]],_(),t=>{k(t).then(o)})}
    ${c("digits",e("aa.digits"),[["latn","123"],["arabext","۱۲۳"]],h("digits"),t=>{f("digits",t),k().then(o)})}`)}function Y(o){let t=()=>y(()=>f("keys",!h("keys")),o);return l("keyboard",e("se.keyboard"),r`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${D(h("keys"))} aria-describedby="keys-hint" @change=${t}>${e("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${e("se.keysnote")}</p>`)}var E=class extends M{static{this.properties={shown:{state:!0},problem:{state:!0}}}constructor(){super(),this.shown=this.problem=null}connectedCallback(){super.connectedCallback(),this.#s(()=>this.#e())}async#e(){this.shown=(await p.call("/api/widget/agreements?page_size=100")).items}async#t({agreement_id:t,site:s}){await p.call(`/api/widget/agreements/${encodeURIComponent(t)}`,{method:"DELETE"}),await this.#e(),v.say(e("se.sitegone",{site:s})),await this.updateComplete,(this.querySelector("button")??this.closest("section")?.querySelector("h2"))?.focus()}async#s(t){try{this.problem=null,await t()}catch(s){if(!(s instanceof w))throw s;this.problem=s}}render(){return r`<p class="soft">${e("se.sitesnote")}</p>
      ${this.problem?H(this.problem,()=>{this.#s(()=>this.#e())}):d}
      ${this.shown?.length===0?r`<p>${e("se.nosites")}</p>`:d}
      <ul class="plain">${(this.shown??[]).map(t=>r`<li class="actions">
        <span><bdi dir="ltr">${t.site}</bdi> <span class="soft">${e("se.sitesince",{date:z(t.created_at)})}</span></span>
        <button type="button" aria-label=${`${e("se.withdraw")}: ${t.site}`} @click=${()=>{this.#s(()=>this.#t(t))}}>${e("se.withdraw")}</button></li>`)}</ul>`}};customElements.define("gl-sites",E);var Z=[["profile","se.profile"],["privacy","se.privacy"],["devices","se.devices"],["sites","se.sites"],["password","se.password"]],B=[["reading","se.reading"],["language","se.language"],["keyboard","se.keyboard"],["announce","se.announce"]],G=()=>R("outbox",[]).length,S=class extends P{static{this.properties={...P.properties,faults:{state:!0},form:{state:!0},done:{state:!0},shown:{state:!0},leaving:{state:!0},going:{state:!0}}}#e={name:"",level:"beginner",hardware:"none",current:"",fresh:"",farewell:""};#t=new K(this);constructor(){super(),this.faults=m,this.form="",this.done=this.shown="",this.leaving=!1,this.going=null,new x(this,T)}async load(){let t=await O();return t&&Object.assign(this.#e,{name:t.name,level:t.programming_level,hardware:t.hardware}),{me:t}}titles(){return[e("nav.settings")]}content({me:t}){let s=t?[Z[0],...B,...Z.slice(1)]:B;return r`<div class="page settings">
      <h1 tabindex="-1">${e("nav.settings")}</h1>
      ${t?d:r`<p class="soft">${e("se.guest")} <a href="/signup?next=/settings">${e("au.signup")}</a></p>`}
      <nav class="side" aria-label=${e("se.sections")}>${s.map(([a,i])=>r`<a href="#${a}" @click=${u=>this.#s(u,a)}>${e(i)}</a>`)}</nav>
      <div class="jump"><label for="settings-jump">${e("se.sections")}</label>
        <select id="settings-jump" @change=${a=>this.#s(a,a.target.value)}>
        ${s.map(([a,i])=>r`<option value=${a}>${e(i)}</option>`)}</select></div>
      <div class="sections">
        ${t?this.#l():d}
        ${W(()=>this.requestUpdate())}
        ${t?r`${this.#d(t)}${this.#u()}${l("sites",e("se.sites"),r`<gl-sites></gl-sites>`)}${this.#c()}`:d}
      </div>
      <gl-dialog alert .heading=${e("se.del")} .content=${this.leaving?this.#p():null} @closed=${()=>this.#n()}></gl-dialog>
      <gl-dialog alert .heading=${e("au.logout")} .content=${this.going===null?null:r`<p>${e("se.outbox",{n:G()})}</p>
        <div class="actions end"><button type="button" @click=${()=>this.going=null}>${e("se.cancel")}</button>
        <button type="button" class="danger" @click=${()=>{this.#i(this.going==="everywhere",!0)}}>${e("au.logout")}</button></div>`} @closed=${()=>this.going=null}></gl-dialog>
    </div>`}#s(t,s){t.preventDefault(),C.go(`#${s}`,{replace:!0,stay:!0});let a=this.querySelector(`#${s} h2`);a?.focus(),a?.scrollIntoView({block:"start"})}#a(t){return this.form!==t?d:r`${N(this.faults)}${this.done?r`<p class="done">${this.done}</p>`:d}`}#l(){let t=this.#e,s=[["beginner",e("lv.1")],["intermediate",e("lv.2")],["advanced",e("lv.3")]],a=[["none",e("se.hw.none")],["gpu",e("se.hw.gpu")],["jetson",e("se.hw.jetson")],["robotics",e("se.hw.robotics")]];return l("profile",e("se.profile"),r`
      ${this.#a("profile")}
      <form novalidate @submit=${i=>{this.#r(i,"profile",()=>this.#h())}}>
        ${I({id:"name",label:e("se.name"),value:t.name,autocomplete:"name",required:!0,set:i=>t.name=i},this.form==="profile"?this.faults:m)}
        ${g("level",e("se.level"),s,t.level,i=>t.level=i)}
        ${g("hardware",e("se.hardware"),a,t.hardware,i=>t.hardware=i)}
        <button type="submit" class="send">${e("se.save")}</button>
      </form>`)}#d(t){return l("privacy",e("se.privacy"),r`
      <p>${e("se.exportnote")}</p>
      <p><a class="button" href="/api/auth/me/export" download="glossator-export.json">${e("se.export")}</a></p>
      <p>${e("se.delnote")} <bdi class="soft">${t.email}</bdi></p>
      <p><button type="button" class="danger" @click=${()=>this.leaving=!0}>${e("se.del")}</button></p>`)}#u(){return l("devices",e("se.devices"),r`
      ${this.#a("devices")}
      <p class="actions"><button type="button" @click=${()=>{this.#i(!1)}}>${e("au.logout")}</button>
      <button type="button" aria-describedby="every-hint" @click=${()=>{this.#i(!0)}}>${e("se.everywhere")}</button></p>
      <p class="soft" id="every-hint">${e("se.everynote")}</p>`)}#c(){let t=this.#e,s=this.form==="password"?this.faults:m,a=i=>u=>this.shown=u?i:"";return l("password",e("se.password"),r`
      ${this.#a("password")}
      <form novalidate @submit=${i=>{this.#r(i,"password",()=>this.#m())}}>
        ${$({id:"current",label:e("se.current"),autocomplete:"current-password",value:t.current,set:i=>t.current=i},s,this.shown==="current",a("current"))}
        ${$({id:"fresh",label:e("se.new"),hint:e("au.rule"),autocomplete:"new-password",value:t.fresh,set:i=>t.fresh=i},s,this.shown==="fresh",a("fresh"))}
        ${this.#t.left>0?r`<p>${this.#t.words}</p>`:d}
        <button type="submit" class="send">${e("se.change")}</button>
      </form>`)}#p(){let t=this.form==="leave"?this.faults:m;return r`<p>${e("se.delnote")}</p>${this.#a("leave")}
      <form novalidate @submit=${s=>{this.#r(s,"leave",()=>this.#g())}}>
        ${$({id:"farewell",label:e("se.delpass"),autocomplete:"current-password",value:this.#e.farewell,set:s=>this.#e.farewell=s},t,this.shown==="farewell",s=>this.shown=s?"farewell":"")}
        <div class="actions end"><button type="button" @click=${()=>this.#n()}>${e("se.cancel")}</button>
        <button type="submit" class="danger">${e("se.del")}</button></div></form>`}#n(){this.leaving=!1,this.#e.farewell=""}async#h(){let{name:t,level:s,hardware:a}=this.#e;if(!t.trim())throw new Map([["name",e("se.noname")]]);return T.value=await p.call("/api/auth/me",{method:"PATCH",body:{name:t.trim(),programming_level:s,hardware:a}}),e("se.saved")}async#m(){let{current:t,fresh:s}=this.#e,a=new Map;if(t||a.set("current",e("au.nopass")),[...s].length<V&&a.set("fresh",e("au.short")),a.size>0)throw a;return await p.call("/api/auth/password",{body:{current_password:t,new_password:s}}),this.#e.current=this.#e.fresh="",e("se.changed")}async#g(){if(!this.#e.farewell)throw new Map([["farewell",e("au.nopass")]]);return await p.call("/api/auth/me",{method:"DELETE",body:{password:this.#e.farewell}}),await q(),""}async#i(t,s=!1){if(!s&&G()>0){this.going=t?"everywhere":"here";return}try{await j({everywhere:t})}catch(a){this.#o("devices",a)}}async#r(t,s,a){if(t.preventDefault(),!(this.#t.left>0)){this.form=s,this.faults=m,this.done="";try{this.done=await a(),this.done&&v.say(this.done)}catch(i){this.#o(s,i)}}}#o(t,s){if(this.form=t,s instanceof Map)this.faults=s;else if(s instanceof w)this.faults=this.#f(s);else throw s;this.updateComplete.then(()=>U(this))}#f(t){if(t.status===429&&t.retryAfter!==null)return this.#t.begin(t.retryAfter),new Map([["",this.#t.words]]);let s={new_password:"fresh",current_password:"current",name:"name"},a=t.errors.flatMap(({field:u,message:n})=>s[u]?[[s[u],n]]:[]);if(a.length>0)return new Map(a);let i=t.kind==="wrong-password"?this.form==="leave"?"farewell":"current":"";return new Map([[i,t.message||e("st.server")]])}};customElements.define("gl-settings",S);export{S as SettingsPage};
