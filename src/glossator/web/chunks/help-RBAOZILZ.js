import{G as c,H as i,a as o,e as d,q as a,u as t}from"./chunk-SEEUBVLG.js";function b(){let e=document.createElement("dialog");e.className="sheet help",e.setAttribute("aria-labelledby","glossator-help"),e.addEventListener("close",()=>e.remove()),document.body.append(e),d(o`<h2 id="glossator-help">${t("ky.title")}</h2>
    <label class="switch"><input type="checkbox" role="switch" .checked=${c()}
      @change=${s=>a("keys",s.target.checked)}> ${t("se.keys")}</label>
    ${i.sets.value.map(s=>o`<h3>${t(s.title)}</h3><dl class="keys">${s.shortcuts.map(l=>o`<div>
      <dt>${l.keys.split(" ").map(r=>o`<kbd>${r}</kbd> `)}</dt><dd>${t(l.says)}</dd></div>`)}</dl>`)}
    <button type="button" @click=${()=>e.close()}>${t("nav.close")}</button>`,e),e.showModal()}export{b as help};
