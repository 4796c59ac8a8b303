import{a as q,b as B}from"./chunk-MGMJ2B6U.js";import{a as A}from"./chunk-KI3LXE3C.js";import{a as K,b as L,c as M,d as g,e as H,f as F}from"./chunk-BGBP4KUF.js";import{a as _}from"./chunk-GT4E237F.js";import{C as f,D as c,E as S,N as R,R as T,a as n,d as o,ha as C,ia as P,l as k,la as x,m as w,na as y,p as b,q as h,u as r,w as E,z as p}from"./chunk-SEEUBVLG.js";var W="physical-ai",z="part-1/chapter-02-sensors",u=new w(null);function D(a,e){return a!==W?null:(u.value===null&&import("./sample_questions-U7BOFFHZ.js").then(({QUESTIONS:t})=>(u.value=t[z]??[],e())),u.value?.length?{chapter:z,questions:u.value}:null)}var O=30,$=100,X=5,v=class extends y{static{this.properties={...y.properties,words:{state:!0},order:{state:!0}}}#e=e=>this.#c(e);constructor(){super(),this.words=b("library.words",""),this.order=b("library.order","recent")}connectedCallback(){super.connectedCallback(),document.addEventListener("keydown",this.#e)}disconnectedCallback(){super.disconnectedCallback(),document.removeEventListener("keydown",this.#e)}async load(){let e=await T(),{data:t,from:l,problem:i}=await A("library",async()=>{let[s,m,j]=await Promise.all([Y(),e?p.call("/api/user/progress"):null,e?p.call(`/api/docs?page_size=${X}`):null]),G=(j?.items??[]).map(({document_id:N,title:U,filename:J,status:V})=>({document_id:N,title:U,filename:J,status:V}));return{cards:M(s,m??K(s)),files:G}}),d=i?.offline?await F():null;return{...t,from:l,problem:i,offline:d,guest:e===null}}titles(){return[r("lib.title")]}content(e){return n`<div class="library">
      <h1 tabindex="-1">${r("lib.title")}</h1>
      ${e.problem?n`${C(e.problem,()=>{this.reload()})}<p class="soft">${r("lib.old",{when:_(e.from)})}</p>`:o}
      ${e.cards.length>O?this.#l(e):o}
      ${this.#i(e)}
      ${this.#s(e)}
      ${this.#d(e)}
    </div>`}updated(){B(this.#r())}#l(e){return n`<search><form role="search" class="find" @submit=${t=>t.preventDefault()}>
      <label for="library-find">${r("lib.search")}</label>
      <input id="library-find" type="search" dir="auto" autocomplete="off" .value=${this.words}
        @input=${t=>this.#n(e,t.target.value)}></form></search>`}#n(e,t){this.words=t,h("library.words",t||void 0),k.say(r("lib.results",{n:g(e.cards,t).length}))}#i(e){let t=e.cards.find(i=>i.percent!==null&&i.next!==null);if(t?.next)return n`<section class="lead" aria-labelledby="library-now">
        <h2 id="library-now">${r("lib.now")}</h2>
        ${I(t,n`<p>${r("lib.next",{t:""})}<bdi lang=${t.language}>${t.next.title}</bdi> · ${r("lib.percent",{n:t.percent})}</p>
          <progress max="100" value=${t.percent} aria-label=${r("lib.percent",{n:t.percent})}></progress>
          <p><a class="button" data-continue href=${c(t.id,t.next.chapter_id)}>${r("lib.continue")}</a></p>`)}
      </section>`;let[l]=e.cards;return!l||e.cards.some(i=>i.percent!==null)?o:n`<section class="lead" aria-labelledby="library-first">
      <h2 id="library-first">${r("lib.empty")}</h2>
      ${I(l,n`<p class="soft">${r("lib.chapters",{n:l.chapters})} · ${r("lib.minutes",{n:l.minutes})}</p>
        <p><a class="button" data-continue href=${c(l.id)}>${r("rd.start")}</a>
        <a class="quiet-link" href="/files">${r("lib.own")}</a></p>`)}
      ${this.#a(l)}
    </section>`}#a(e){let t=D(e.id,()=>this.requestUpdate());if(t===null)return o;let l=i=>{x.value=i,f.go(c(e.id,t.chapter))};return n`<h3 class="try" id="library-try">${r("mg.try")}</h3>
      <ul class="suggestions" aria-labelledby="library-try">${t.questions.map(i=>n`<li><button type="button" lang=${e.language} dir="auto" @click=${()=>l(i)}>${i}</button></li>`)}</ul>`}#s(e){if(e.cards.length===0)return P(r("lib.none"),n`<a href="/files">${r("lib.own")}</a>`);let t=g(e.cards,e.cards.length>O?this.words:""),l=this.order==="title"?[...t].sort((s,m)=>s.title.localeCompare(m.title)):t,i=l.filter(s=>s.percent!==null),d=l.filter(s=>s.percent===null);return n`
      ${t.length===0?n`<p>${r("lib.nothing")}</p>`:o}
      ${i.length>0?this.#t("mine",r("lib.mine"),i,e):o}
      ${d.length>0?this.#t("others",r(i.length>0?"lib.more":"lib.all"),d,e):o}`}#t(e,t,l,i){let d=s=>()=>{this.order=s,h("library.order",s)};return n`<section aria-labelledby="library-${e}">
      <div class="head"><h2 id="library-${e}">${t}</h2>
        ${e==="mine"&&l.length>1?n`<div class="choice" role="group" aria-label=${r("lib.sort")}>
              <button type="button" aria-pressed=${this.order==="recent"} @click=${d("recent")}>${r("lib.recent")}</button>
              <button type="button" aria-pressed=${this.order==="title"} @click=${d("title")}>${r("lib.bytitle")}</button></div>`:o}</div>
      <ul class="cards" @keydown=${s=>q(s,this.#r())}>
        ${l.map(s=>n`<li>${this.#o(s,i)}</li>`)}</ul></section>`}#o(e,t){let l=t.offline!==null&&!t.offline.has(e.id),i=e.languages.map(H).join(" · ");return n`<a class="card" ?data-away=${l} href=${c(e.id)}>
      ${Q(e)}
      <span class="about">
        <span class="name"><bdi lang=${e.language}>${e.title}</bdi></span>
        ${e.percent===null?n`<span class="soft">${r("lib.chapters",{n:e.chapters})}</span>`:n`<span class="soft">${r("lib.percent",{n:e.percent})}</span><progress max="100" value=${e.percent} aria-hidden="true"></progress>`}
        <span class="soft tongues"><span class="unseen">${r("lib.languages",{list:i})}</span><bdi aria-hidden="true">${i}</bdi></span>
        ${l?n`<span class="away">${r("lib.offline")}</span>`:o}
      </span></a>`}#d(e){return e.guest||e.files.length===0?o:n`<section aria-labelledby="library-files">
      <div class="head"><h2 id="library-files">${r("lib.docs")}</h2><a href="/files">${r("lib.alldocs")}</a></div>
      <ul class="plain">${e.files.map(t=>n`<li><a href=${S(t.document_id)}><bdi>${t.title||t.filename}</bdi></a></li>`)}</ul>
    </section>`}#r(){return[...this.querySelectorAll(".cards a")]}#c(e){let t=e.target.closest("input, textarea, select, [contenteditable]");if(e.key!=="c"||t||e.altKey||e.ctrlKey||e.metaKey||!R("keys"))return;let l=this.querySelector("[data-continue]");l&&f.go(l.href)}};async function Y(){let a=await p.call(`/api/books?page_size=${$}`),e=Array.from({length:Math.ceil(a.total/$)-1},(t,l)=>p.call(`/api/books?page_size=${$}&page=${l+2}`));return[a,...await Promise.all(e)].flatMap(t=>t.items)}function Q(a){return n`<span class="cover" aria-hidden="true" data-colour=${L(a.id)} lang=${a.language} dir=${E(a.language)}>${a.title}</span>`}function I(a,e){return n`<div class="leading">${Q(a)}<div><p class="name"><a href=${c(a.id)}><bdi lang=${a.language}>${a.title}</bdi></a></p>${e}</div></div>`}customElements.define("gl-library",v);export{v as Library};
