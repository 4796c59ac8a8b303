import"./chunk-RKDBQUF5.js";import{a as D,b as v,c as H}from"./chunk-JRJRSATG.js";import{a as A,b as p,c as q,d as N,e as z,f as d,g as f,h as l}from"./chunk-FF5KPUS5.js";import{c as y}from"./chunk-U2O5OPXW.js";import"./chunk-THLAPOLT.js";import{b as L}from"./chunk-WVDRAASE.js";import{b as _,c as C,d as $,e as h,f as g,g as b,h as F,m as O,n as j,o as k}from"./chunk-72SXNYQF.js";import{a as S}from"./chunk-KMEPKDRZ.js";import"./chunk-SDNW3ZYT.js";import{b as x,c as P}from"./chunk-VTPPBY5V.js";import"./chunk-7KZMCU4E.js";import{a as R,c as m}from"./chunk-NZVTWSHD.js";import"./chunk-BUE45I3N.js";import{a as i,d as c}from"./chunk-GITWVITB.js";import{c as E,e as M,f as e}from"./chunk-HJJFNUPL.js";function I(o){let t=[["sentence",e("se.speak.sentence")],["done",e("se.speak.done")],["off",e("se.speak.off")]];return i`${Z(o)}${B(o)}${G(o)}
    ${l("announce",e("se.announce"),d("speak",e("se.speak"),t,h("speak"),s=>w(()=>g("speak",s),o)))}`}function w(o,t){o(),t()}function Z(o){let t=$.value,s=r=>w(()=>$.update(r),o),a=[["auto",e("aa.auto")],["light",e("aa.light")],["sepia",e("aa.sepia")],["dark",e("aa.dark")]],n=[["narrow",e("se.narrow")],["normal",e("se.normal")],["wide",e("se.wide")]],u=["se.close","se.usual","se.far","se.farther"];return l("reading",e("se.reading"),i`
    <p class="soft">${e("se.device")}</p>
    ${d("theme",e("se.theme"),a,h("theme"),r=>w(()=>g("theme",r),o))}
    ${f("size",e("aa.size"),_.map(r=>[String(r),`${M(r)} %`]),String(t.size),r=>s({size:Number(r)}))}
    ${f("line",e("aa.line"),C.map((r,W)=>[String(r),e(u[W])]),String(t.line),r=>s({line:Number(r)}))}
    ${d("width",e("aa.width"),n,t.width,r=>s({width:r}))}
    ${d("face",e("se.face"),[["book",e("se.face.book")],["sans",e("se.face.sans")]],t.face,r=>s({face:r}))}
    ${d("urdu",e("se.urdu"),[["nastaliq",e("aa.nastaliq")],["naskh",e("aa.naskh")]],t.urdu,r=>s({urdu:r}))}`)}function B(o){return l("language",e("se.language"),i`
    ${d("tongue",e("au.language"),[["en","English"],["ur","اردو"]],E(),t=>{y(t).then(o)})}
    ${d("digits",e("aa.digits"),[["latn","123"],["arabext","۱۲۳"]],h("digits"),t=>{g("digits",t),y().then(o)})}`)}function G(o){let t=()=>w(()=>g("keys",!h("keys")),o);return l("keyboard",e("se.keyboard"),i`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${A(h("keys"))} aria-describedby="keys-hint" @change=${t}>${e("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${e("se.keysnote")}</p>`)}var V=[["profile","se.profile"],["privacy","se.privacy"],["devices","se.devices"],["password","se.password"]],K=[["reading","se.reading"],["language","se.language"],["keyboard","se.keyboard"],["announce","se.announce"]],U=()=>P("outbox",[]).length,T=class extends k{static{this.properties={...k.properties,faults:{state:!0},form:{state:!0},done:{state:!0},shown:{state:!0},leaving:{state:!0},going:{state:!0}}}#e={name:"",level:"beginner",hardware:"none",current:"",fresh:"",farewell:""};#t=new H(this);constructor(){super(),this.faults=p,this.form="",this.done=this.shown="",this.leaving=!1,this.going=null,new x(this,b)}async load(){let t=await F();return t&&Object.assign(this.#e,{name:t.name,level:t.programming_level,hardware:t.hardware}),{me:t}}titles(){return[e("nav.settings")]}content({me:t}){let s=t?[V[0],...K,...V.slice(1)]:K;return i`<div class="page settings">
      <h1 tabindex="-1">${e("nav.settings")}</h1>
      ${t?c:i`<p class="soft">${e("se.guest")} <a href="/signup?next=/settings">${e("au.signup")}</a></p>`}
      <nav class="side" aria-label=${e("se.sections")}>${s.map(([a,n])=>i`<a href="#${a}" @click=${u=>this.#r(u,a)}>${e(n)}</a>`)}</nav>
      <div class="jump"><label for="settings-jump">${e("se.sections")}</label>
        <select id="settings-jump" @change=${a=>this.#r(a,a.target.value)}>
        ${s.map(([a,n])=>i`<option value=${a}>${e(n)}</option>`)}</select></div>
      <div class="sections">
        ${t?this.#l():c}
        ${I(()=>this.requestUpdate())}
        ${t?i`${this.#u(t)}${this.#d()}${this.#c()}`:c}
      </div>
      <gl-dialog alert .heading=${e("se.del")} .content=${this.leaving?this.#h():null} @closed=${()=>this.#i()}></gl-dialog>
      <gl-dialog alert .heading=${e("au.logout")} .content=${this.going===null?null:i`<p>${e("se.outbox",{n:U()})}</p>
        <div class="actions end"><button type="button" @click=${()=>this.going=null}>${e("se.cancel")}</button>
        <button type="button" class="danger" @click=${()=>{this.#a(this.going==="everywhere",!0)}}>${e("au.logout")}</button></div>`} @closed=${()=>this.going=null}></gl-dialog>
    </div>`}#r(t,s){t.preventDefault(),L.go(`#${s}`,{replace:!0,stay:!0});let a=this.querySelector(`#${s} h2`);a?.focus(),a?.scrollIntoView({block:"start"})}#s(t){return this.form!==t?c:i`${N(this.faults)}${this.done?i`<p class="done">${this.done}</p>`:c}`}#l(){let t=this.#e,s=[["beginner",e("lv.1")],["intermediate",e("lv.2")],["advanced",e("lv.3")]],a=[["none",e("se.hw.none")],["gpu",e("se.hw.gpu")],["jetson",e("se.hw.jetson")],["robotics",e("se.hw.robotics")]];return l("profile",e("se.profile"),i`
      ${this.#s("profile")}
      <form novalidate @submit=${n=>{this.#n(n,"profile",()=>this.#p())}}>
        ${q({id:"name",label:e("se.name"),value:t.name,autocomplete:"name",required:!0,set:n=>t.name=n},this.form==="profile"?this.faults:p)}
        ${f("level",e("se.level"),s,t.level,n=>t.level=n)}
        ${f("hardware",e("se.hardware"),a,t.hardware,n=>t.hardware=n)}
        <button type="submit" class="send">${e("se.save")}</button>
      </form>`)}#u(t){return l("privacy",e("se.privacy"),i`
      <p>${e("se.exportnote")}</p>
      <p><a class="button" href="/api/auth/me/export" download="glossator-export.json">${e("se.export")}</a></p>
      <p>${e("se.delnote")} <bdi class="soft">${t.email}</bdi></p>
      <p><button type="button" class="danger" @click=${()=>this.leaving=!0}>${e("se.del")}</button></p>`)}#d(){return l("devices",e("se.devices"),i`
      ${this.#s("devices")}
      <p class="actions"><button type="button" @click=${()=>{this.#a(!1)}}>${e("au.logout")}</button>
      <button type="button" aria-describedby="every-hint" @click=${()=>{this.#a(!0)}}>${e("se.everywhere")}</button></p>
      <p class="soft" id="every-hint">${e("se.everynote")}</p>`)}#c(){let t=this.#e,s=this.form==="password"?this.faults:p,a=n=>u=>this.shown=u?n:"";return l("password",e("se.password"),i`
      ${this.#s("password")}
      <form novalidate @submit=${n=>{this.#n(n,"password",()=>this.#f())}}>
        ${v({id:"current",label:e("se.current"),autocomplete:"current-password",value:t.current,set:n=>t.current=n},s,this.shown==="current",a("current"))}
        ${v({id:"fresh",label:e("se.new"),hint:e("au.rule"),autocomplete:"new-password",value:t.fresh,set:n=>t.fresh=n},s,this.shown==="fresh",a("fresh"))}
        ${this.#t.left>0?i`<p>${this.#t.words}</p>`:c}
        <button type="submit" class="send">${e("se.change")}</button>
      </form>`)}#h(){let t=this.form==="leave"?this.faults:p;return i`<p>${e("se.delnote")}</p>${this.#s("leave")}
      <form novalidate @submit=${s=>{this.#n(s,"leave",()=>this.#g())}}>
        ${v({id:"farewell",label:e("se.delpass"),autocomplete:"current-password",value:this.#e.farewell,set:s=>this.#e.farewell=s},t,this.shown==="farewell",s=>this.shown=s?"farewell":"")}
        <div class="actions end"><button type="button" @click=${()=>this.#i()}>${e("se.cancel")}</button>
        <button type="submit" class="danger">${e("se.del")}</button></div></form>`}#i(){this.leaving=!1,this.#e.farewell=""}async#p(){let{name:t,level:s,hardware:a}=this.#e;if(!t.trim())throw new Map([["name",e("se.noname")]]);return b.value=await m.call("/api/auth/me",{method:"PATCH",body:{name:t.trim(),programming_level:s,hardware:a}}),e("se.saved")}async#f(){let{current:t,fresh:s}=this.#e,a=new Map;if(t||a.set("current",e("au.nopass")),[...s].length<D&&a.set("fresh",e("au.short")),a.size>0)throw a;return await m.call("/api/auth/password",{body:{current_password:t,new_password:s}}),this.#e.current=this.#e.fresh="",e("se.changed")}async#g(){if(!this.#e.farewell)throw new Map([["farewell",e("au.nopass")]]);return await m.call("/api/auth/me",{method:"DELETE",body:{password:this.#e.farewell}}),await j(),""}async#a(t,s=!1){if(!s&&U()>0){this.going=t?"everywhere":"here";return}try{await O({everywhere:t})}catch(a){this.#o("devices",a)}}async#n(t,s,a){if(t.preventDefault(),!(this.#t.left>0)){this.form=s,this.faults=p,this.done="";try{this.done=await a(),this.done&&S.say(this.done)}catch(n){this.#o(s,n)}}}#o(t,s){if(this.form=t,s instanceof Map)this.faults=s;else if(s instanceof R)this.faults=this.#m(s);else throw s;this.updateComplete.then(()=>z(this))}#m(t){if(t.status===429&&t.retryAfter!==null)return this.#t.begin(t.retryAfter),new Map([["",this.#t.words]]);let s={new_password:"fresh",current_password:"current",name:"name"},a=t.errors.flatMap(({field:u,message:r})=>s[u]?[[s[u],r]]:[]);if(a.length>0)return new Map(a);let n=t.kind==="wrong-password"?this.form==="leave"?"farewell":"current":"";return new Map([[n,t.message||e("st.server")]])}};customElements.define("gl-settings",T);export{T as SettingsPage};
