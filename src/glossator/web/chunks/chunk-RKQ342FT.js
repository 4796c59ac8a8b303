import{a as i,d as n,o,u as r}from"./chunk-SEEUBVLG.js";var m=.8,l=class extends o{static{this.properties={label:{},words:{},note:{},used:{type:Number},limit:{attribute:!1}}}constructor(){super(),this.label=this.words=this.note="",this.used=0,this.limit=null}get state(){return this.limit===null?"fine":this.used>=this.limit?"full":this.used>=m*this.limit?"nearly":"fine"}render(){let e=this.limit===null||this.limit<=0?n:i`<meter min="0" max=${this.limit} value=${Math.min(this.used,this.limit)} aria-label=${this.label}>${this.words}</meter>`;return i`<div class="meter" data-state=${this.state}>
      <h3>${this.label}</h3><p>${this.words}</p>${e}
      ${this.note?i`<p class="soft">${this.note}</p>`:n}</div>`}};customElements.define("gl-meter",l);function g(t,e,s){let a=Math.ceil(t.total/t.page_size);return a<=1?n:i`<nav class="pager" aria-label=${e}>
    <button type="button" ?disabled=${t.page<=1} @click=${()=>s(t.page-1)}>${r("nav.earlier")}</button>
    <span>${r("nav.page",{a:t.page,b:a})}</span>
    <button type="button" ?disabled=${t.page>=a} @click=${()=>s(t.page+1)}>${r("nav.later")}</button>
  </nav>`}function $(t){let e=`us.f.${t}`,s=r(e);return s===e?t:s}export{m as a,g as b,$ as c};
