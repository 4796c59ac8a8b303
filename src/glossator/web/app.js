import{a as x,b as i,c as w}from"./chunks/chunk-LD7GNTHV.js";import{b as h,c as v,e as f}from"./chunks/chunk-BNWVDETM.js";import"./chunks/chunk-LQFGYPSF.js";import{b as s}from"./chunks/chunk-EWMZFCRY.js";import{a as l,b as y,c as $,f as u,i as a,o as b,r as d,u as k,x as T}from"./chunks/chunk-AN542D7T.js";import{a as t,d as n,f as m}from"./chunks/chunk-A2VWJIZD.js";var E=h(class extends v{constructor(){super(...arguments),this.key=n}render(o,e){return this.key=o,e}update(o,[e,r]){return e!==this.key&&(f(o),this.key=e),r}});var S={way:null,tools:null,bar:null},c=new y(S);customElements.define("gl-reading",class extends m{});var R={library:()=>import("./chunks/page-4A3HHTM6.js"),documents:()=>import("./chunks/page-2VDGLF66.js"),viewer:()=>import("./chunks/page-BE5I3OOH.js"),progress:()=>Promise.all([import("./chunks/page-2U7CRABI.js"),i()]),usage:()=>Promise.all([import("./chunks/page-OWNAKMSQ.js"),i()]),admin:()=>Promise.all([import("./chunks/page-QRH46ATQ.js"),i()]),login:()=>Promise.all([import("./chunks/page-EZBIZFSG.js"),i()]),signup:()=>Promise.all([import("./chunks/page-EZBIZFSG.js"),i()]),settings:()=>Promise.all([import("./chunks/settings-OB7SCUJD.js"),i()])},g=class extends m{static{this.properties={ready:{state:!0},online:{state:!0}}}constructor(){super(),this.ready="",this.online=navigator.onLine,new $(this,s.place,d,c),s.place.watch(()=>{this.#e()});for(let e of["online","offline"])addEventListener(e,()=>{this.online=navigator.onLine,this.online||l.say(a("st.away"))});this.#e()}async#e(){let{name:e}=s.place.value;try{await R[e]?.(),this.ready=e}catch{this.ready="unreachable"}}render(){let e=s.place.value;document.documentElement.dataset.page=e.name;let r=e.name===this.ready||R[e.name]===void 0?this.#a(e.name):n;return t`
      <a class="skip" href="#glossator-text" @click=${p=>this.#l(p,"main")}>${a("nav.skip")}</a>
      ${this.#s()}
      ${this.online?n:t`<p class="offline">${a("st.away")}</p>`}
      ${this.ready==="unreachable"?this.#n():r}
      ${this.#o()}
    `}#a(e){let r=s.place.value;switch(e){case"library":return t`<main id="glossator-text" tabindex="-1"><gl-library .place=${r}></gl-library></main>`;case"book":case"chapter":return t`<gl-reading .place=${r}></gl-reading>`;case"documents":return t`<main id="glossator-text" tabindex="-1"><gl-documents .place=${r}></gl-documents></main>`;case"viewer":return t`<gl-viewer .place=${r}></gl-viewer>`;case"progress":return t`<main id="glossator-text" tabindex="-1"><gl-progress .place=${r}></gl-progress></main>`;case"usage":return t`<main id="glossator-text" tabindex="-1"><gl-usage .place=${r}></gl-usage></main>`;case"admin":return t`<main id="glossator-text" tabindex="-1"><gl-admin .place=${r}></gl-admin></main>`;case"login":case"signup":return t`<main id="glossator-text" tabindex="-1">${E(e,t`<gl-auth .place=${r}></gl-auth>`)}</main>`;case"settings":return t`<main id="glossator-text" tabindex="-1"><gl-settings .place=${r}></gl-settings></main>`;default:return this.#r()}}#r(){return this.updateComplete.then(()=>b(this,a("st.404"))),t`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${a("st.404")}</h1>
      <p><a class="button" href="/">${a("nav.toLibrary")}</a></p></div></main>`}#n(){return t`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${a("st.title")}</h1>
      <p>${a("st.server")}</p><p><button type="button" @click=${()=>location.reload()}>${a("st.retry")}</button></p></div></main>`}#s(){let{way:e,tools:r}=c.value;return t`<header class="top">
      <div class="where">${e??t`<a href="/">${a("app.name")}</a>`}</div>
      <nav class="rooms" aria-label=${a("nav.menu")}>${this.#t()}</nav>
      ${r??n}
      <button type="button" class="tongue" lang=${u()==="ur"?"en":"ur"} @click=${()=>{w(u()==="ur"?"en":"ur")}}>
        ${u()==="ur"?"English":"اردو"}</button>
      ${this.#i()}
    </header>`}#t(){let e=s.place.value.name;return[["library","/","nav.library"],["documents","/files","nav.files"],["progress","/progress","nav.progress"]].map(([p,P,L])=>t`<a href=${P} aria-current=${e===p?"page":n}>${a(L)}</a>`)}#i(){let e=d.value;return e===void 0?n:e===null?t`<a class="person" href="/login">${a("au.login")}</a>`:t`<details class="menu person">
      <summary aria-label=${a("nav.account")}><bdi>${e.name.slice(0,1).toLocaleUpperCase()}</bdi></summary>
      <div class="menu-list" @click=${r=>r.currentTarget.closest("details").removeAttribute("open")}>
        <p class="soft"><bdi>${e.name}</bdi></p>
        <a href="/usage">${a("nav.usage")}</a>
        <a href="/settings">${a("nav.settings")}</a>
        ${e.role==="user"?n:t`<a href="/admin">${a("nav.admin")}</a>`}
        <button type="button" @click=${()=>{T().catch(()=>l.say(a("st.server"),{now:!0}))}}>${a("au.logout")}</button>
      </div>
    </details>`}#o(){return t`<nav class="bar" aria-label=${a("nav.menu")}>${c.value.bar??this.#t()}</nav>`}#l(e,r){e.preventDefault(),this.querySelector(r)?.focus()}};customElements.define("gl-app",g);k();await x(document.documentElement.lang==="ur"?"ur":"en");document.body.append(document.createElement("gl-app"),...l.elements);
/*! For license information please see app.js.LEGAL.txt */
