import"./chunk-RKDBQUF5.js";import{a as N,b as w,c as z}from"./chunk-JRJRSATG.js";import{a as q,b as p,c as A,d as H,e as I,f as u,g as f,h as l}from"./chunk-FF5KPUS5.js";import{c as k}from"./chunk-U2O5OPXW.js";import"./chunk-THLAPOLT.js";import{b as _}from"./chunk-WVDRAASE.js";import{b as L,c as C,d as b,e as h,f as m,g as v,h as F,m as O,n as j,o as T}from"./chunk-72SXNYQF.js";import{a as y}from"./chunk-KMEPKDRZ.js";import"./chunk-SDNW3ZYT.js";import{b as S,c as x}from"./chunk-VTPPBY5V.js";import"./chunk-7KZMCU4E.js";import{a as R,c as g}from"./chunk-NZVTWSHD.js";import"./chunk-BUE45I3N.js";import{a as r,d as c}from"./chunk-GITWVITB.js";import{c as E,e as M,f as e}from"./chunk-HJJFNUPL.js";function D(o){let t=[["sentence",e("se.speak.sentence")],["done",e("se.speak.done")],["off",e("se.speak.off")]];return r`${Z(o)}${B(o)}${G(o)}
    ${l("announce",e("se.announce"),u("speak",e("se.speak"),t,h("speak"),s=>$(()=>m("speak",s),o)))}`}function $(o,t){o(),t()}function Z(o){let t=b.value,s=i=>$(()=>b.update(i),o),a=[["auto",e("aa.auto")],["light",e("aa.light")],["sepia",e("aa.sepia")],["dark",e("aa.dark")]],n=[["narrow",e("se.narrow")],["normal",e("se.normal")],["wide",e("se.wide")]],d=["se.close","se.usual","se.far","se.farther"];return l("reading",e("se.reading"),r`
    <p class="soft">${e("se.device")}</p>
    ${u("theme",e("se.theme"),a,h("theme"),i=>$(()=>m("theme",i),o))}
    ${f("size",e("aa.size"),L.map(i=>[String(i),`${M(i)} %`]),String(t.size),i=>s({size:Number(i)}))}
    ${f("line",e("aa.line"),C.map((i,W)=>[String(i),e(d[W])]),String(t.line),i=>s({line:Number(i)}))}
    ${u("width",e("aa.width"),n,t.width,i=>s({width:i}))}
    ${u("face",e("se.face"),[["book",e("se.face.book")],["sans",e("se.face.sans")]],t.face,i=>s({face:i}))}
    ${u("urdu",e("se.urdu"),[["nastaliq",e("aa.nastaliq")],["naskh",e("aa.naskh")]],t.urdu,i=>s({urdu:i}))}`)}function B(o){return l("language",e("se.language"),r`
    ${u("tongue",e("au.language"),[["en","English"],["ur","اردو"]],E(),t=>{k(t).then(o)})}
    ${u("digits",e("aa.digits"),[["latn","123"],["arabext","۱۲۳"]],h("digits"),t=>{m("digits",t),k().then(o)})}`)}function G(o){let t=()=>$(()=>m("keys",!h("keys")),o);return l("keyboard",e("se.keyboard"),r`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${q(h("keys"))} aria-describedby="keys-hint" @change=${t}>${e("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${e("se.keysnote")}</p>`)}var V=[["profile","se.profile"],["privacy","se.privacy"],["devices","se.devices"],["password","se.password"]],K=[["reading","se.reading"],["language","se.language"],["keyboard","se.keyboard"],["announce","se.announce"]],U=()=>x("outbox",[]).length,P=class extends T{static{this.properties={...T.properties,faults:{state:!0},form:{state:!0},done:{state:!0},shown:{state:!0},leaving:{state:!0},going:{state:!0}}}#e={name:"",level:"beginner",hardware:"none",current:"",fresh:"",farewell:""};#t=new z(this);constructor(){super(),this.faults=p,this.form="",this.done=this.shown="",this.leaving=!1,this.going=null,new S(this,v)}async load(){let t=await F();return t&&Object.assign(this.#e,{name:t.name,level:t.programming_level,hardware:t.hardware}),{me:t}}titles(){return[e("nav.settings")]}content({me:t}){let s=t?[V[0],...K,...V.slice(1)]:K;return r`<div class="page settings">
      <h1 tabindex="-1">${e("nav.settings")}</h1>
      ${t?c:r`<p class="soft">${e("se.guest")} <a href="/signup?next=/settings">${e("au.signup")}</a></p>`}
      <nav class="side" aria-label=${e("se.sections")}>${s.map(([a,n])=>r`<a href="#${a}" @click=${d=>this.#i(d,a)}>${e(n)}</a>`)}</nav>
      <div class="jump"><label for="settings-jump">${e("se.sections")}</label>
        <select id="settings-jump" @change=${a=>this.#i(a,a.target.value)}>
        ${s.map(([a,n])=>r`<option value=${a}>${e(n)}</option>`)}</select></div>
      <div class="sections">
        ${t?this.#l():c}
        ${D(()=>this.requestUpdate())}
        ${t?r`${this.#d(t)}${this.#u()}${this.#c()}`:c}
      </div>
      <gl-dialog alert .heading=${e("se.del")} .content=${this.leaving?this.#h():null} @closed=${()=>this.#r()}></gl-dialog>
      <gl-dialog alert .heading=${e("au.logout")} .content=${this.going===null?null:r`<p>${e("se.outbox",{n:U()})}</p>
        <div class="actions end"><button type="button" @click=${()=>this.going=null}>${e("se.cancel")}</button>
        <button type="button" class="danger" @click=${()=>{this.#a(this.going==="everywhere",!0)}}>${e("au.logout")}</button></div>`} @closed=${()=>this.going=null}></gl-dialog>
    </div>`}#i(t,s){t.preventDefault(),_.go(`#${s}`,{replace:!0,stay:!0});let a=this.querySelector(`#${s} h2`);a?.focus(),a?.scrollIntoView({block:"start"})}#s(t){return this.form!==t?c:r`${H(this.faults)}${this.done?r`<p class="done">${this.done}</p>`:c}`}#l(){let t=this.#e,s=[["beginner",e("lv.1")],["intermediate",e("lv.2")],["advanced",e("lv.3")]],a=[["none",e("se.hw.none")],["gpu",e("se.hw.gpu")],["jetson",e("se.hw.jetson")],["robotics",e("se.hw.robotics")]];return l("profile",e("se.profile"),r`
      ${this.#s("profile")}
      <form novalidate @submit=${n=>{this.#n(n,"profile",()=>this.#p())}}>
        ${A({id:"name",label:e("se.name"),value:t.name,autocomplete:"name",required:!0,set:n=>t.name=n},this.form==="profile"?this.faults:p)}
        ${f("level",e("se.level"),s,t.level,n=>t.level=n)}
        ${f("hardware",e("se.hardware"),a,t.hardware,n=>t.hardware=n)}
        <button type="submit" class="send">${e("se.save")}</button>
      </form>`)}#d(t){return l("privacy",e("se.privacy"),r`
      <p>${e("se.exportnote")}</p>
      <p><a class="button" href="/api/auth/me/export" download="glossator-export.json">${e("se.export")}</a></p>
      <p><label class="switch"><input type="checkbox" role="switch" .checked=${t.questions_told} aria-describedby="told-hint"
        @change=${s=>{this.#f(s.target.checked)}}> ${e("se.told")}</label></p>
      <p class="soft" id="told-hint">${e("se.toldnote")}</p>
      <p>${e("se.delnote")} <bdi class="soft">${t.email}</bdi></p>
      <p><button type="button" class="danger" @click=${()=>this.leaving=!0}>${e("se.del")}</button></p>`)}#u(){return l("devices",e("se.devices"),r`
      ${this.#s("devices")}
      <p class="actions"><button type="button" @click=${()=>{this.#a(!1)}}>${e("au.logout")}</button>
      <button type="button" aria-describedby="every-hint" @click=${()=>{this.#a(!0)}}>${e("se.everywhere")}</button></p>
      <p class="soft" id="every-hint">${e("se.everynote")}</p>`)}#c(){let t=this.#e,s=this.form==="password"?this.faults:p,a=n=>d=>this.shown=d?n:"";return l("password",e("se.password"),r`
      ${this.#s("password")}
      <form novalidate @submit=${n=>{this.#n(n,"password",()=>this.#g())}}>
        ${w({id:"current",label:e("se.current"),autocomplete:"current-password",value:t.current,set:n=>t.current=n},s,this.shown==="current",a("current"))}
        ${w({id:"fresh",label:e("se.new"),hint:e("au.rule"),autocomplete:"new-password",value:t.fresh,set:n=>t.fresh=n},s,this.shown==="fresh",a("fresh"))}
        ${this.#t.left>0?r`<p>${this.#t.words}</p>`:c}
        <button type="submit" class="send">${e("se.change")}</button>
      </form>`)}#h(){let t=this.form==="leave"?this.faults:p;return r`<p>${e("se.delnote")}</p>${this.#s("leave")}
      <form novalidate @submit=${s=>{this.#n(s,"leave",()=>this.#m())}}>
        ${w({id:"farewell",label:e("se.delpass"),autocomplete:"current-password",value:this.#e.farewell,set:s=>this.#e.farewell=s},t,this.shown==="farewell",s=>this.shown=s?"farewell":"")}
        <div class="actions end"><button type="button" @click=${()=>this.#r()}>${e("se.cancel")}</button>
        <button type="submit" class="danger">${e("se.del")}</button></div></form>`}#r(){this.leaving=!1,this.#e.farewell=""}async#p(){let{name:t,level:s,hardware:a}=this.#e;if(!t.trim())throw new Map([["name",e("se.noname")]]);return v.value=await g.call("/api/auth/me",{method:"PATCH",body:{name:t.trim(),programming_level:s,hardware:a}}),e("se.saved")}async#f(t){v.value=await g.call("/api/auth/me",{method:"PATCH",body:{questions_told:t}}),y.say(e("se.saved"))}async#g(){let{current:t,fresh:s}=this.#e,a=new Map;if(t||a.set("current",e("au.nopass")),[...s].length<N&&a.set("fresh",e("au.short")),a.size>0)throw a;return await g.call("/api/auth/password",{body:{current_password:t,new_password:s}}),this.#e.current=this.#e.fresh="",e("se.changed")}async#m(){if(!this.#e.farewell)throw new Map([["farewell",e("au.nopass")]]);return await g.call("/api/auth/me",{method:"DELETE",body:{password:this.#e.farewell}}),await j(),""}async#a(t,s=!1){if(!s&&U()>0){this.going=t?"everywhere":"here";return}try{await O({everywhere:t})}catch(a){this.#o("devices",a)}}async#n(t,s,a){if(t.preventDefault(),!(this.#t.left>0)){this.form=s,this.faults=p,this.done="";try{this.done=await a(),this.done&&y.say(this.done)}catch(n){this.#o(s,n)}}}#o(t,s){if(this.form=t,s instanceof Map)this.faults=s;else if(s instanceof R)this.faults=this.#v(s);else throw s;this.updateComplete.then(()=>I(this))}#v(t){if(t.status===429&&t.retryAfter!==null)return this.#t.begin(t.retryAfter),new Map([["",this.#t.words]]);let s={new_password:"fresh",current_password:"current",name:"name"},a=t.errors.flatMap(({field:d,message:i})=>s[d]?[[s[d],i]]:[]);if(a.length>0)return new Map(a);let n=t.kind==="wrong-password"?this.form==="leave"?"farewell":"current":"";return new Map([[n,t.message||e("st.server")]])}};customElements.define("gl-settings",P);export{P as SettingsPage};
