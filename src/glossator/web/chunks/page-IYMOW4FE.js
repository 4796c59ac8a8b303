import{a as A,b as S}from"./chunk-MGMJ2B6U.js";import{a as q}from"./chunk-KI3LXE3C.js";import{a as x}from"./chunk-GT4E237F.js";import{D as m,S as _,a,d,ha as v,ia as w,na as y,p as f,q as k,u as r,z as u}from"./chunk-SEEUBVLG.js";function T(l,t,n){let o=new Map(l.chapters_read.map(s=>[`${s.book_id}
${s.chapter_id}`,s.completed])),e=new Map(n.chapters.map(s=>[`${s.book_id}
${s.chapter_id}`,s.questions]));return l.books.map(s=>{let p=t.get(s.book_id),c=(p?.chapters??[]).map(({chapter_id:i,title:g})=>{let $=`${s.book_id}
${i}`,h=o.get($);return{chapter_id:i,title:g,state:h===void 0?"notyet":h?"read":"begun",questions:e.get($)??0}});return{book_id:s.book_id,title:s.title,language:p?.language??"",percent:s.percent,next:s.continue,steps:c}})}var P=(l,t)=>l.chapters_read.filter(n=>t===null||new Date(n.last_accessed)>=t).length;function L(l){let t=o=>{let e=String(o),s=/^[=+\-@\t\r]/.test(e)?`'${e}`:e;return/[",\n\r]/.test(s)?`"${s.replaceAll('"','""')}"`:s},n=l.flatMap(o=>o.steps.map(e=>[o.book_id,o.title,e.chapter_id,e.title,e.state,e.questions]));return[["book_id","book","chapter_id","chapter","state","questions"],...n].map(o=>o.map(t).join(",")).join(`\r
`)+`\r
`}var R=7,b=class extends y{static{this.properties={...y.properties,period:{state:!0}}}constructor(){super(),this.period=f("progress.period","week")}async load(){await _();let{data:t,from:n,problem:o}=await q(`progress.${this.period}`,async()=>{let[e,s,p]=await Promise.all([u.call("/api/user/progress"),u.call("/api/chat/asked"),this.period==="week"?u.call(`/api/chat/asked?days=${R}`):null]),c=await Promise.all(e.books.map(i=>u.call(`/api/books/${encodeURIComponent(i.book_id)}`)));return{progress:e,asked:p??s,all:T(e,new Map(c.map(i=>[i.book_id,i])),s)}});return{...t,from:n,problem:o}}titles(){return[r("nav.progress")]}updated(){for(let t of this.querySelectorAll(".map"))S([...t.querySelectorAll("a")])}content(t){let{progress:n,asked:o,all:e}=t,s=this.period==="week"?new Date(Date.now()-R*864e5):null,p=P(n,s),c=n.books.length===0&&n.questions_asked===0;return a`<div class="page">
      <h1 tabindex="-1">${r("nav.progress")}</h1>
      ${t.problem?a`${v(t.problem,()=>{this.reload()})}<p class="soft">${r("pg.old",{when:x(t.from)})}</p>`:d}
      ${c?w(r("pg.empty"),a`<a class="button" href="/">${r("nav.toLibrary")}</a>`):a`
        <div class="choice" role="group" aria-label=${r("pg.period")}>${["week","all"].map(i=>a`
          <button type="button" aria-pressed=${this.period===i} @click=${()=>this.#e(i)}>${r(i==="week"?"pg.week":"pg.all")}</button>`)}</div>
        <p class="sum">${p===0&&o.questions===0?r("pg.none"):a`${r("pg.chapters",{n:p})} · ${r("pg.questions",{n:o.questions})}`}</p>
        ${e.map(i=>this.#t(i))}
        ${this.#o(e)}
        ${o.words.length>0?a`<section aria-labelledby="progress-words"><h2 id="progress-words">${r("pg.words")}</h2>
          <ul class="words">${o.words.map(({word:i,questions:g})=>a`<li><bdi>${i}</bdi> <span class="soft">${r("pg.asked",{n:g})}</span></li>`)}</ul></section>`:d}
        <section aria-labelledby="progress-export"><h2 id="progress-export">${r("pg.export")}</h2>
          <p class="actions"><button type="button" @click=${()=>j("csv",L(e))}>CSV</button>
          <button type="button" @click=${()=>j("json",JSON.stringify({...n,asked:o.chapters},null,2))}>JSON</button></p></section>`}
    </div>`}#e(t){this.period=t,k("progress.period",t),this.reload()}#t(t){let n=`progress-${t.book_id}`,o=r("lib.percent",{n:t.percent});return a`<section class="told" aria-labelledby=${n}>
      <div class="head"><h2 id=${n}><bdi lang=${t.language||d}>${t.title}</bdi></h2><span>${o}</span></div>
      <progress max="100" value=${t.percent} aria-label=${o}></progress>
      <ol class="map" aria-label=${r("pg.map",{title:t.title})} @keydown=${e=>A(e,[...e.currentTarget.querySelectorAll("a")])}>
        ${t.steps.map(e=>{let s=r(`pg.${e.state}`),p=`${e.title}, ${s}${e.questions>0?`, ${r("pg.questions",{n:e.questions})}`:""}`;return a`<li><a href=${m(t.book_id,e.chapter_id)} data-state=${e.state} aria-label=${p} title=${e.title}>${e.questions>0?a`<i></i>`:d}</a></li>`})}</ol>
      <p class="soft key">${r("pg.key")}</p>
      ${t.next?a`<p><a class="button" href=${m(t.book_id,t.next.chapter_id)}>${r("lib.continue")}</a> <bdi class="soft">${t.next.title}</bdi></p>`:a`<p class="soft">${r("pg.whole")}</p>`}
    </section>`}#o(t){let n=t.flatMap(o=>o.steps.filter(e=>e.questions>=2).map(e=>({book:o,step:e})));return n.length===0?d:(n.sort((o,e)=>e.step.questions-o.step.questions),a`<section aria-labelledby="progress-again"><h2 id="progress-again">${r("pg.again")}</h2>
      <ul class="plain">${n.slice(0,10).map(({book:o,step:e})=>a`<li><a href=${m(o.book_id,e.chapter_id)}><bdi>${e.title}</bdi></a>
        <span class="soft">${r("pg.asked",{n:e.questions})}</span></li>`)}</ul></section>`)}};function j(l,t){let n=l==="csv"?"text/csv;charset=utf-8":"application/json",o=URL.createObjectURL(new Blob([t],{type:n}));Object.assign(document.createElement("a"),{href:o,download:`glossator-progress.${l}`}).click(),setTimeout(()=>URL.revokeObjectURL(o),1e3)}customElements.define("gl-progress",b);export{b as ProgressPage};
