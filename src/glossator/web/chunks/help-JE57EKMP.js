import{a as c,b as i}from"./chunk-GOEATPXR.js";import{d as a}from"./chunk-VTPPBY5V.js";import{a as s,f as d}from"./chunk-GITWVITB.js";import{f as t}from"./chunk-HJJFNUPL.js";function k(){let e=document.createElement("dialog");e.className="sheet help",e.setAttribute("aria-labelledby","glossator-help"),e.addEventListener("close",()=>e.remove()),document.body.append(e),d(s`<h2 id="glossator-help">${t("ky.title")}</h2>
    <label class="switch"><input type="checkbox" role="switch" .checked=${c()}
      @change=${l=>a("keys",l.target.checked)}> ${t("se.keys")}</label>
    ${i.sets.value.map(l=>s`<h3>${t(l.title)}</h3><dl class="keys">${l.shortcuts.map(o=>s`<div>
      <dt>${o.keys.split(" ").map(r=>s`<kbd>${r}</kbd> `)}</dt><dd>${t(o.says)}</dd></div>`)}</dl>`)}
    <button type="button" @click=${()=>e.close()}>${t("nav.close")}</button>`,e),e.showModal()}export{k as help};
