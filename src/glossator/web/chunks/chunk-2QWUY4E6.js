import{a as n,c as p,d as i,f as d,g as c,h as $,i as m,j as g,u as y}from"./chunk-SEEUBVLG.js";var u=c(class extends ${constructor(e){if(super(e),e.type!==d.PROPERTY&&e.type!==d.ATTRIBUTE&&e.type!==d.BOOLEAN_ATTRIBUTE)throw Error("The `live` directive is not allowed on child or event bindings");if(!m(e))throw Error("`live` bindings can only contain a single expression")}render(e){return e}update(e,[t]){if(t===p||t===i)return t;let r=e.element,l=e.name;if(e.type===d.PROPERTY){if(t===r[l])return p}else if(e.type===d.BOOLEAN_ATTRIBUTE){if(!!t===r.hasAttribute(l))return p}else if(e.type===d.ATTRIBUTE&&r.getAttribute(l)===t+"")return p;return g(e),t}});var k=new Map;function F(e,t,r=i){let l=t.get(e.id),a=[e.hint?`${e.id}-hint`:"",l?`${e.id}-wrong`:""].filter(Boolean).join(" "),s=n`<input id=${e.id} name=${e.id} type=${e.type??"text"} dir=${e.direction??"auto"} autocomplete=${e.autocomplete??"off"}
    ?required=${e.required??!1} aria-invalid=${l?"true":i} aria-describedby=${a||i}
    inputmode=${e.type==="number"?"numeric":i} autocapitalize=${e.direction==="ltr"?"none":i} spellcheck=${e.direction==="ltr"?"false":i}
    .value=${u(e.value)} @input=${o=>e.set(o.target.value)}>`;return n`<div class="field"><label for=${e.id}>${e.label}</label>
    ${e.hint?n`<p class="hint" id="${e.id}-hint">${e.hint}</p>`:i}
    ${r===i?s:n`<div class="secret">${s}${r}</div>`}
    ${l?n`<p class="wrong" id="${e.id}-wrong">${l}</p>`:i}</div>`}function O(e){if(e.size===0)return i;let t=a=>s=>{s.preventDefault(),document.getElementById(a)?.focus()},r=e.get(""),l=[...e].filter(([a])=>a!=="");return n`<div class="summary" role="alert" tabindex="-1"><h2>${y("au.check")}</h2>
    ${r?n`<p dir="auto">${r}</p>`:i}
    ${l.length>0?n`<ul>${l.map(([a,s])=>n`<li><a href="#${a}" @click=${t(a)}>${s}</a></li>`)}</ul>`:i}</div>`}var I=e=>e.querySelector(".summary")?.focus();function L(e,t,r,l,a,s=""){return n`<fieldset aria-describedby=${s?`${e}-hint`:i}><legend>${t}</legend>
    ${s?n`<p class="hint soft" id="${e}-hint">${s}</p>`:i}
    <div class="picks">${r.map(([o,T])=>n`<label class="pick"><input type="radio" name=${e} value=${o}
      .checked=${u(o===l)} @change=${()=>a(o)}>${T}</label>`)}</div></fieldset>`}function M(e,t,r,l,a){return n`<div class="field"><label for=${e}>${t}</label>
    <select id=${e} @change=${s=>a(s.target.value)}>
      ${r.map(([s,o])=>n`<option value=${s} ?selected=${s===l}>${o}</option>`)}</select></div>`}function P(e,t,r){return n`<section id=${e} aria-labelledby="${e}-heading"><h2 id="${e}-heading" tabindex="-1">${t}</h2>${r}</section>`}export{u as a,k as b,F as c,O as d,I as e,L as f,M as g,P as h};
/*! For license information please see chunk-2QWUY4E6.js.LEGAL.txt */
