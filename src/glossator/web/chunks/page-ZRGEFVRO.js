import{a as x,b as v,c as b}from"./chunk-RKQ342FT.js";import{a as f}from"./chunk-KI3LXE3C.js";import{a as d,c as w,d as u,e as c}from"./chunk-GT4E237F.js";import{R as h,a as r,d as l,ha as _,na as $,t as m,u as e,z as p}from"./chunk-SEEUBVLG.js";var L=["questions","translations","personalizations"],N=3600,g=class extends ${static{this.properties={...$.properties,exact:{state:!0},page:{state:!0}}}constructor(){super(),this.exact=!1,this.page=1}async load(){let t=await h(),{data:n,from:i,problem:a}=await f("usage",async()=>{let[o,k]=await Promise.all([p.call("/api/usage"),t?p.call(`/api/usage/calls?page=${this.page}`):null]);return{standing:o,calls:k}});return{...n,from:i,problem:a}}titles(){return[e("nav.usage")]}content({standing:t,calls:n,from:i,problem:a}){return r`<div class="page">
      <h1 tabindex="-1">${e("nav.usage")}</h1>
      ${a?r`${_(a,()=>{this.reload()})}<p class="soft">${e("pg.old",{when:d(i)})}</p>`:l}
      ${n===null?r`<p class="soft">${e("us.guest")} <a href="/signup?next=/usage">${e("au.signup")}</a></p>`:l}
      <div class="meters">
        ${L.map(o=>t[o]?S(e(`us.${o}`),t[o]):l)}
        ${t.money?T(t.money):l}
        ${t.storage?E(t.storage):l}
      </div>
      ${n===null?l:this.#e(n)}
      <section aria-labelledby="usage-tips"><h2 id="usage-tips">${e("us.tips")}</h2>
        <ul><li>${e("us.tip1")}</li><li>${e("us.tip2")}</li><li>${e("us.tip3")}</li></ul></section>
    </div>`}#e(t){let n=a=>{this.page=a,this.reload()},i=()=>this.exact=!this.exact;return r`<section aria-labelledby="usage-what"><h2 id="usage-what">${e("us.what")}</h2>
      ${t.total===0?r`<p>${e("us.none")} ${e("us.free")}</p>`:r`
        <p>${e("us.days30")}: ${t.by_feature.map((a,o)=>r`${o>0?" · ":""}${b(a.feature)} ${m(a.calls)} (${u(a.cost_usd)})`)}</p>
        <p><button type="button" role="switch" class="switch" aria-checked=${this.exact} @click=${i}>${e("us.exact")}</button></p>
        <table class="stack"><caption class="unseen">${e("us.what")}</caption>
          <thead><tr><th scope="col">${e("us.when")}</th><th scope="col">${e("us.feature")}</th>
            ${this.exact?r`<th scope="col">${e("us.model")}</th><th scope="col" class="n">${e("us.in")}</th><th scope="col" class="n">${e("us.out")}</th>`:l}
            <th scope="col" class="n">${e("us.cost")}</th></tr></thead>
          <tbody>${t.items.map(a=>this.#t(a))}</tbody></table>
        ${v(t,e("us.what"),n)}`}
    </section>`}#t(t){return r`<tr><th scope="row"><bdi>${d(t.at)}</bdi></th><td>${b(t.feature)}</td>
      ${this.exact?r`<td data-label=${e("us.model")}><bdi>${t.model}</bdi></td><td class="n" data-label=${e("us.in")}>${m(t.input_tokens)}</td><td class="n" data-label=${e("us.out")}>${m(t.output_tokens)}</td>`:l}
      <td class="n" data-label=${e("us.cost")}><bdi>${u(t.cost_usd)}</bdi></td></tr>`}},C=s=>e(s===N?"us.hour":"us.today"),y=s=>e("us.resets",{when:d(s),in:w(s)});function R(s,t,n){return t===null?y(n):s>=t?e("us.spent",{when:d(n)}):s>=x*t?`${e("us.nearly")} ${y(n)}`:y(n)}function S(s,t){let n=t.limit===null?e("us.free1",{a:t.used}):e("us.left",{a:t.left??0,b:t.limit});return r`<gl-meter .label=${s} .words=${`${C(t.window_seconds)}: ${n}`} .note=${R(t.used,t.limit,t.resets_at)} .used=${t.used} .limit=${t.limit}></gl-meter>`}function T(s){let t=s.limit_usd===null?e("us.free1",{a:u(s.spent_usd)}):e("us.used",{a:u(s.spent_usd),b:u(s.limit_usd)});return r`<gl-meter .label=${e("us.money")} .words=${`${e("us.today")}: ${t}`} .note=${R(s.spent_usd,s.limit_usd,s.resets_at)} .used=${s.spent_usd} .limit=${s.limit_usd}></gl-meter>`}function E(s){let t=s.limit_bytes===null?e("us.free1",{a:c(s.used_bytes)}):e("us.used",{a:c(s.used_bytes),b:c(s.limit_bytes)});return r`<gl-meter .label=${e("us.storage")} .words=${t} .used=${s.used_bytes} .limit=${s.limit_bytes}></gl-meter>`}customElements.define("gl-usage",g);export{g as UsagePage};
