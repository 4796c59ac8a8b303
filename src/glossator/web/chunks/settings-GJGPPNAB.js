import"./chunk-MF2DQI7W.js";import{a as V,b as $,c as K}from"./chunk-ONKBDYV4.js";import{a as z,b as m,c as D,d as N,e as U,f as p,g,h as l}from"./chunk-2QWUY4E6.js";import{b as I}from"./chunk-GT4E237F.js";import{C,K as A,L as q,M as k,N as h,O as v,P as T,Q as y,R as F,V as H,W as O,a as r,d,ha as j,l as f,n as x,na as P,o as M,p as R,r as _,t as L,u as e,x as w,z as u}from"./chunk-SEEUBVLG.js";function W(o){let t=[["sentence",e("se.speak.sentence")],["done",e("se.speak.done")],["off",e("se.speak.off")]];return r`${Q(o)}${X(o)}${Y(o)}
    ${l("announce",e("se.announce"),p("speak",e("se.speak"),t,h("speak"),s=>b(()=>v("speak",s),o)))}`}function b(o,t){o(),t()}function Q(o){let t=k.value,s=n=>b(()=>k.update(n),o),a=[["auto",e("aa.auto")],["light",e("aa.light")],["sepia",e("aa.sepia")],["dark",e("aa.dark")]],i=[["narrow",e("se.narrow")],["normal",e("se.normal")],["wide",e("se.wide")]],c=["se.close","se.usual","se.far","se.farther"];return l("reading",e("se.reading"),r`
    <p class="soft">${e("se.device")}</p>
    ${p("theme",e("se.theme"),a,h("theme"),n=>b(()=>v("theme",n),o))}
    ${g("size",e("aa.size"),A.map(n=>[String(n),`${L(n)} %`]),String(t.size),n=>s({size:Number(n)}))}
    ${g("line",e("aa.line"),q.map((n,J)=>[String(n),e(c[J])]),String(t.line),n=>s({line:Number(n)}))}
    ${p("width",e("aa.width"),i,t.width,n=>s({width:n}))}
    ${p("face",e("se.face"),[["book",e("se.face.book")],["sans",e("se.face.sans")]],t.face,n=>s({face:n}))}
    ${p("urdu",e("se.urdu"),[["nastaliq",e("aa.nastaliq")],["naskh",e("aa.naskh")]],t.urdu,n=>s({urdu:n}))}`)}function X(o){return l("language",e("se.language"),r`
    ${p("tongue",e("au.language"),[["en","English"],["ur","اردو"]],_(),t=>{T(t).then(o)})}
    ${p("digits",e("aa.digits"),[["latn","123"],["arabext","۱۲۳"]],h("digits"),t=>{v("digits",t),T().then(o)})}`)}function Y(o){let t=()=>b(()=>v("keys",!h("keys")),o);return l("keyboard",e("se.keyboard"),r`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${z(h("keys"))} aria-describedby="keys-hint" @change=${t}>${e("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${e("se.keysnote")}</p>`)}var E=class extends M{static{this.properties={shown:{state:!0},problem:{state:!0}}}constructor(){super(),this.shown=this.problem=null}connectedCallback(){super.connectedCallback(),this.#s(()=>this.#e())}async#e(){this.shown=(await u.call("/api/widget/agreements?page_size=100")).items}async#t({agreement_id:t,site:s}){await u.call(`/api/widget/agreements/${encodeURIComponent(t)}`,{method:"DELETE"}),await this.#e(),f.say(e("se.sitegone",{site:s})),await this.updateComplete,(this.querySelector("button")??this.closest("section")?.querySelector("h2"))?.focus()}async#s(t){try{this.problem=null,await t()}catch(s){if(!(s instanceof w))throw s;this.problem=s}}render(){return r`<p class="soft">${e("se.sitesnote")}</p>
      ${this.problem?j(this.problem,()=>{this.#s(()=>this.#e())}):d}
      ${this.shown?.length===0?r`<p>${e("se.nosites")}</p>`:d}
      <ul class="plain">${(this.shown??[]).map(t=>r`<li class="actions">
        <span><bdi dir="ltr">${t.site}</bdi> <span class="soft">${e("se.sitesince",{date:I(t.created_at)})}</span></span>
        <button type="button" aria-label=${`${e("se.withdraw")}: ${t.site}`} @click=${()=>{this.#s(()=>this.#t(t))}}>${e("se.withdraw")}</button></li>`)}</ul>`}};customElements.define("gl-sites",E);var Z=[["profile","se.profile"],["privacy","se.privacy"],["devices","se.devices"],["sites","se.sites"],["password","se.password"]],B=[["reading","se.reading"],["language","se.language"],["keyboard","se.keyboard"],["announce","se.announce"]],G=()=>R("outbox",[]).length,S=class extends P{static{this.properties={...P.properties,faults:{state:!0},form:{state:!0},done:{state:!0},shown:{state:!0},leaving:{state:!0},going:{state:!0}}}#e={name:"",level:"beginner",hardware:"none",current:"",fresh:"",farewell:""};#t=new K(this);constructor(){super(),this.faults=m,this.form="",this.done=this.shown="",this.leaving=!1,this.going=null,new x(this,y)}async load(){let t=await F();return t&&Object.assign(this.#e,{name:t.name,level:t.programming_level,hardware:t.hardware}),{me:t}}titles(){return[e("nav.settings")]}content({me:t}){let s=t?[Z[0],...B,...Z.slice(1)]:B;return r`<div class="page settings">
      <h1 tabindex="-1">${e("nav.settings")}</h1>
      ${t?d:r`<p class="soft">${e("se.guest")} <a href="/signup?next=/settings">${e("au.signup")}</a></p>`}
      <nav class="side" aria-label=${e("se.sections")}>${s.map(([a,i])=>r`<a href="#${a}" @click=${c=>this.#s(c,a)}>${e(i)}</a>`)}</nav>
      <div class="jump"><label for="settings-jump">${e("se.sections")}</label>
        <select id="settings-jump" @change=${a=>this.#s(a,a.target.value)}>
        ${s.map(([a,i])=>r`<option value=${a}>${e(i)}</option>`)}</select></div>
      <div class="sections">
        ${t?this.#l():d}
        ${W(()=>this.requestUpdate())}
        ${t?r`${this.#d(t)}${this.#c()}${l("sites",e("se.sites"),r`<gl-sites></gl-sites>`)}${this.#u()}`:d}
      </div>
      <gl-dialog alert .heading=${e("se.del")} .content=${this.leaving?this.#p():null} @closed=${()=>this.#n()}></gl-dialog>
      <gl-dialog alert .heading=${e("au.logout")} .content=${this.going===null?null:r`<p>${e("se.outbox",{n:G()})}</p>
        <div class="actions end"><button type="button" @click=${()=>this.going=null}>${e("se.cancel")}</button>
        <button type="button" class="danger" @click=${()=>{this.#i(this.going==="everywhere",!0)}}>${e("au.logout")}</button></div>`} @closed=${()=>this.going=null}></gl-dialog>
    </div>`}#s(t,s){t.preventDefault(),C.go(`#${s}`,{replace:!0,stay:!0});let a=this.querySelector(`#${s} h2`);a?.focus(),a?.scrollIntoView({block:"start"})}#a(t){return this.form!==t?d:r`${N(this.faults)}${this.done?r`<p class="done">${this.done}</p>`:d}`}#l(){let t=this.#e,s=[["beginner",e("lv.1")],["intermediate",e("lv.2")],["advanced",e("lv.3")]],a=[["none",e("se.hw.none")],["gpu",e("se.hw.gpu")],["jetson",e("se.hw.jetson")],["robotics",e("se.hw.robotics")]];return l("profile",e("se.profile"),r`
      ${this.#a("profile")}
      <form novalidate @submit=${i=>{this.#r(i,"profile",()=>this.#h())}}>
        ${D({id:"name",label:e("se.name"),value:t.name,autocomplete:"name",required:!0,set:i=>t.name=i},this.form==="profile"?this.faults:m)}
        ${g("level",e("se.level"),s,t.level,i=>t.level=i)}
        ${g("hardware",e("se.hardware"),a,t.hardware,i=>t.hardware=i)}
        <button type="submit" class="send">${e("se.save")}</button>
      </form>`)}#d(t){return l("privacy",e("se.privacy"),r`
      <p>${e("se.exportnote")}</p>
      <p><a class="button" href="/api/auth/me/export" download="glossator-export.json">${e("se.export")}</a></p>
      <p><label class="switch"><input type="checkbox" role="switch" .checked=${t.questions_told} aria-describedby="told-hint"
        @change=${s=>{this.#m(s.target.checked)}}> ${e("se.told")}</label></p>
      <p class="soft" id="told-hint">${e("se.toldnote")}</p>
      <p>${e("se.delnote")} <bdi class="soft">${t.email}</bdi></p>
      <p><button type="button" class="danger" @click=${()=>this.leaving=!0}>${e("se.del")}</button></p>`)}#c(){return l("devices",e("se.devices"),r`
      ${this.#a("devices")}
      <p class="actions"><button type="button" @click=${()=>{this.#i(!1)}}>${e("au.logout")}</button>
      <button type="button" aria-describedby="every-hint" @click=${()=>{this.#i(!0)}}>${e("se.everywhere")}</button></p>
      <p class="soft" id="every-hint">${e("se.everynote")}</p>`)}#u(){let t=this.#e,s=this.form==="password"?this.faults:m,a=i=>c=>this.shown=c?i:"";return l("password",e("se.password"),r`
      ${this.#a("password")}
      <form novalidate @submit=${i=>{this.#r(i,"password",()=>this.#g())}}>
        ${$({id:"current",label:e("se.current"),autocomplete:"current-password",value:t.current,set:i=>t.current=i},s,this.shown==="current",a("current"))}
        ${$({id:"fresh",label:e("se.new"),hint:e("au.rule"),autocomplete:"new-password",value:t.fresh,set:i=>t.fresh=i},s,this.shown==="fresh",a("fresh"))}
        ${this.#t.left>0?r`<p>${this.#t.words}</p>`:d}
        <button type="submit" class="send">${e("se.change")}</button>
      </form>`)}#p(){let t=this.form==="leave"?this.faults:m;return r`<p>${e("se.delnote")}</p>${this.#a("leave")}
      <form novalidate @submit=${s=>{this.#r(s,"leave",()=>this.#f())}}>
        ${$({id:"farewell",label:e("se.delpass"),autocomplete:"current-password",value:this.#e.farewell,set:s=>this.#e.farewell=s},t,this.shown==="farewell",s=>this.shown=s?"farewell":"")}
        <div class="actions end"><button type="button" @click=${()=>this.#n()}>${e("se.cancel")}</button>
        <button type="submit" class="danger">${e("se.del")}</button></div></form>`}#n(){this.leaving=!1,this.#e.farewell=""}async#h(){let{name:t,level:s,hardware:a}=this.#e;if(!t.trim())throw new Map([["name",e("se.noname")]]);return y.value=await u.call("/api/auth/me",{method:"PATCH",body:{name:t.trim(),programming_level:s,hardware:a}}),e("se.saved")}async#m(t){y.value=await u.call("/api/auth/me",{method:"PATCH",body:{questions_told:t}}),f.say(e("se.saved"))}async#g(){let{current:t,fresh:s}=this.#e,a=new Map;if(t||a.set("current",e("au.nopass")),[...s].length<V&&a.set("fresh",e("au.short")),a.size>0)throw a;return await u.call("/api/auth/password",{body:{current_password:t,new_password:s}}),this.#e.current=this.#e.fresh="",e("se.changed")}async#f(){if(!this.#e.farewell)throw new Map([["farewell",e("au.nopass")]]);return await u.call("/api/auth/me",{method:"DELETE",body:{password:this.#e.farewell}}),await O(),""}async#i(t,s=!1){if(!s&&G()>0){this.going=t?"everywhere":"here";return}try{await H({everywhere:t})}catch(a){this.#o("devices",a)}}async#r(t,s,a){if(t.preventDefault(),!(this.#t.left>0)){this.form=s,this.faults=m,this.done="";try{this.done=await a(),this.done&&f.say(this.done)}catch(i){this.#o(s,i)}}}#o(t,s){if(this.form=t,s instanceof Map)this.faults=s;else if(s instanceof w)this.faults=this.#v(s);else throw s;this.updateComplete.then(()=>U(this))}#v(t){if(t.status===429&&t.retryAfter!==null)return this.#t.begin(t.retryAfter),new Map([["",this.#t.words]]);let s={new_password:"fresh",current_password:"current",name:"name"},a=t.errors.flatMap(({field:c,message:n})=>s[c]?[[s[c],n]]:[]);if(a.length>0)return new Map(a);let i=t.kind==="wrong-password"?this.form==="leave"?"farewell":"current":"";return new Map([[i,t.message||e("st.server")]])}};customElements.define("gl-settings",S);export{S as SettingsPage};
