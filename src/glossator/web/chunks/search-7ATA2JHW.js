import{a as o,d as r,ha as h,l,o as a,u as s,x as n,z as c}from"./chunk-SEEUBVLG.js";var d=300,p=10,i=class extends a{static{this.properties={book:{attribute:!1},hits:{state:!0},problem:{state:!0}}}#t=0;#s=0;constructor(){super(),this.hits=this.problem=null}async open(){await this.updateComplete,this.querySelector("dialog").showModal(),this.querySelector("input").select()}render(){return o`<dialog class="sheet search" aria-labelledby="glossator-search-title">
      <form role="search" @submit=${t=>(t.preventDefault(),void this.#e())}>
        <h2 id="glossator-search-title">${s("rd.search")}</h2>
        <label class="unseen" for="glossator-search">${s("rd.search")}</label>
        <input id="glossator-search" type="search" maxlength="500" dir="auto" autocomplete="off" @input=${()=>this.#o()}>
        <button type="button" @click=${()=>this.querySelector("dialog").close()}>${s("nav.close")}</button>
      </form>
      ${this.problem?h(this.problem,()=>{this.#e()}):r}
      ${this.hits===null?r:this.hits.length===0?o`<p>${s("rd.nothing")}</p>`:o`<ol class="hits" lang=${this.book.language}>${this.hits.map(t=>o`<li><button type="button" @click=${()=>this.#r(t)}>
          <span class="soft"><bdi>${t.title}${t.section?` › ${t.section.split(" > ").at(-1)}`:""}</bdi></span>
          <span dir="auto">${t.text.replace(/\s+/g," ").slice(0,220)}</span></button></li>`)}</ol>`}
    </dialog>`}#o(){clearTimeout(this.#t),this.#t=setTimeout(()=>{this.#e()},d)}async#e(){clearTimeout(this.#t);let t=this.querySelector("input").value.trim(),u=++this.#s;if(t===""){this.hits=null;return}try{let e=await c.call("/api/search",{body:{query:t,book_id:this.book.book_id,k:p}});if(u!==this.#s)return;this.hits=e.results,this.problem=null,l.say(s("rd.found",{n:e.results.length}))}catch(e){if(!(e instanceof n))throw e;this.problem=e}}#r(t){this.querySelector("dialog").close(),this.dispatchEvent(new CustomEvent("glossator-found",{bubbles:!0,detail:t}))}};customElements.define("gl-search",i);
