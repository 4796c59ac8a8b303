import{a as x,b as A}from"./chunk-MGMJ2B6U.js";import{a as C}from"./chunk-WUL4LHZM.js";import{a as _,b as B,c as K,d as h,e as L,f as M}from"./chunk-FAQJ52Z4.js";import{a as P}from"./chunk-KMNYAXL6.js";import{b as k,c as p,d as w}from"./chunk-WVDRAASE.js";import{e as E,h as S,o as f}from"./chunk-72SXNYQF.js";import{a as y}from"./chunk-KMEPKDRZ.js";import{c as b,d as m}from"./chunk-VTPPBY5V.js";import{a as T,b as R}from"./chunk-7KZMCU4E.js";import{c}from"./chunk-NZVTWSHD.js";import"./chunk-BUE45I3N.js";import{a as l,d as o}from"./chunk-GITWVITB.js";import{f as r,h as v}from"./chunk-HJJFNUPL.js";var H=30,$=100,O=5,g=class extends f{static{this.properties={...f.properties,words:{state:!0},order:{state:!0}}}#e=e=>this.#d(e);constructor(){super(),this.words=b("library.words",""),this.order=b("library.order","recent")}connectedCallback(){super.connectedCallback(),document.addEventListener("keydown",this.#e)}disconnectedCallback(){super.disconnectedCallback(),document.removeEventListener("keydown",this.#e)}async load(){let e=await S(),{data:t,from:i,problem:n}=await C("library",async()=>{let[a,u,z]=await Promise.all([J(),e?c.call("/api/user/progress"):null,e?c.call(`/api/docs?page_size=${O}`):null]),D=(z?.items??[]).map(({document_id:I,title:j,filename:G,status:N})=>({document_id:I,title:j,filename:G,status:N}));return{cards:K(a,u??_(a)),files:D}}),d=n?.offline?await M():null;return{...t,from:i,problem:n,offline:d,guest:e===null}}titles(){return[r("lib.title")]}content(e){return l`<div class="library">
      <h1 tabindex="-1">${r("lib.title")}</h1>
      ${e.problem?l`${T(e.problem,()=>{this.reload()})}<p class="soft">${r("lib.old",{when:P(e.from)})}</p>`:o}
      ${e.cards.length>H?this.#l(e):o}
      ${this.#n(e)}
      ${this.#a(e)}
      ${this.#o(e)}
    </div>`}updated(){A(this.#r())}#l(e){return l`<search><form role="search" class="find" @submit=${t=>t.preventDefault()}>
      <label for="library-find">${r("lib.search")}</label>
      <input id="library-find" type="search" dir="auto" autocomplete="off" .value=${this.words}
        @input=${t=>this.#i(e,t.target.value)}></form></search>`}#i(e,t){this.words=t,m("library.words",t||void 0),y.say(r("lib.results",{n:h(e.cards,t).length}))}#n(e){let t=e.cards.find(n=>n.percent!==null&&n.next!==null);if(t?.next)return l`<section class="lead" aria-labelledby="library-now">
        <h2 id="library-now">${r("lib.now")}</h2>
        ${F(t,l`<p>${r("lib.next",{t:""})}<bdi lang=${t.language}>${t.next.title}</bdi> · ${r("lib.percent",{n:t.percent})}</p>
          <progress max="100" value=${t.percent} aria-label=${r("lib.percent",{n:t.percent})}></progress>
          <p><a class="button" data-continue href=${p(t.id,t.next.chapter_id)}>${r("lib.continue")}</a></p>`)}
      </section>`;let[i]=e.cards;return!i||e.cards.some(n=>n.percent!==null)?o:l`<section class="lead" aria-labelledby="library-first">
      <h2 id="library-first">${r("lib.empty")}</h2>
      ${F(i,l`<p class="soft">${r("lib.chapters",{n:i.chapters})} · ${r("lib.minutes",{n:i.minutes})}</p>
        <p><a class="button" data-continue href=${p(i.id)}>${r("rd.start")}</a>
        <a class="quiet-link" href="/files">${r("lib.own")}</a></p>`)}
    </section>`}#a(e){if(e.cards.length===0)return R(r("lib.none"),l`<a href="/files">${r("lib.own")}</a>`);let t=h(e.cards,e.cards.length>H?this.words:""),i=this.order==="title"?[...t].sort((a,u)=>a.title.localeCompare(u.title)):t,n=i.filter(a=>a.percent!==null),d=i.filter(a=>a.percent===null);return l`
      ${t.length===0?l`<p>${r("lib.nothing")}</p>`:o}
      ${n.length>0?this.#t("mine",r("lib.mine"),n,e):o}
      ${d.length>0?this.#t("others",r(n.length>0?"lib.more":"lib.all"),d,e):o}`}#t(e,t,i,n){let d=a=>()=>{this.order=a,m("library.order",a)};return l`<section aria-labelledby="library-${e}">
      <div class="head"><h2 id="library-${e}">${t}</h2>
        ${e==="mine"&&i.length>1?l`<div class="choice" role="group" aria-label=${r("lib.sort")}>
              <button type="button" aria-pressed=${this.order==="recent"} @click=${d("recent")}>${r("lib.recent")}</button>
              <button type="button" aria-pressed=${this.order==="title"} @click=${d("title")}>${r("lib.bytitle")}</button></div>`:o}</div>
      <ul class="cards" @keydown=${a=>x(a,this.#r())}>
        ${i.map(a=>l`<li>${this.#s(a,n)}</li>`)}</ul></section>`}#s(e,t){let i=t.offline!==null&&!t.offline.has(e.id),n=e.languages.map(L).join(" · ");return l`<a class="card" ?data-away=${i} href=${p(e.id)}>
      ${q(e)}
      <span class="about">
        <span class="name"><bdi lang=${e.language}>${e.title}</bdi></span>
        ${e.percent===null?l`<span class="soft">${r("lib.chapters",{n:e.chapters})}</span>`:l`<span class="soft">${r("lib.percent",{n:e.percent})}</span><progress max="100" value=${e.percent} aria-hidden="true"></progress>`}
        <span class="soft tongues"><span class="unseen">${r("lib.languages",{list:n})}</span><bdi aria-hidden="true">${n}</bdi></span>
        ${i?l`<span class="away">${r("lib.offline")}</span>`:o}
      </span></a>`}#o(e){return e.guest||e.files.length===0?o:l`<section aria-labelledby="library-files">
      <div class="head"><h2 id="library-files">${r("lib.docs")}</h2><a href="/files">${r("lib.alldocs")}</a></div>
      <ul class="plain">${e.files.map(t=>l`<li><a href=${w(t.document_id)}><bdi>${t.title||t.filename}</bdi></a></li>`)}</ul>
    </section>`}#r(){return[...this.querySelectorAll(".cards a")]}#d(e){let t=e.target.closest("input, textarea, select, [contenteditable]");if(e.key!=="c"||t||e.altKey||e.ctrlKey||e.metaKey||!E("keys"))return;let i=this.querySelector("[data-continue]");i&&k.go(i.href)}};async function J(){let s=await c.call(`/api/books?page_size=${$}`),e=Array.from({length:Math.ceil(s.total/$)-1},(t,i)=>c.call(`/api/books?page_size=${$}&page=${i+2}`));return[s,...await Promise.all(e)].flatMap(t=>t.items)}function q(s){return l`<span class="cover" aria-hidden="true" data-colour=${B(s.id)} lang=${s.language} dir=${v(s.language)}>${s.title}</span>`}function F(s,e){return l`<div class="leading">${q(s)}<div><p class="name"><a href=${p(s.id)}><bdi lang=${s.language}>${s.title}</bdi></a></p>${e}</div></div>`}customElements.define("gl-library",g);export{g as Library};
