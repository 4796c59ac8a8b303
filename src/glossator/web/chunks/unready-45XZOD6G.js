import{a as d}from"./chunk-CJQCGAXL.js";import{c as p}from"./chunk-QXOU45O6.js";import{a as s,d as r}from"./chunk-GITWVITB.js";import{f as a}from"./chunk-HJJFNUPL.js";var b=t=>d(t,1,0).words;function g(t,o,n){if(t.reason==="password")return u(c=>n("password",{password:c}),o);let e=d(t,1,0),i=p(t)?a("vw.still",{words:e.words}):[e.words,...e.details].join(" "),l=t.reason==="scan"?"ocr":p(t)?null:"reprocess";return s`<div class="viewer-state" data-kind=${e.kind}><p dir="auto">${i}</p>
    ${o?s`<p dir="auto">${o}</p>`:r}
    ${l?s`<p><button type="button" @click=${()=>n(l)}>${a(l==="ocr"?"dc.ocr":"st.retry")}</button></p>`:r}</div>`}function u(t,o){return s`<form class="viewer-state file-lock" data-kind="needs" @submit=${e=>{e.preventDefault();let i=e.currentTarget.querySelector("input");i.value!==""&&t(i.value),i.value=""}}>
    <p>${a("dc.lock")}</p>
    <label for="glossator-password">${a("dc.lock.label")}</label>
    <input id="glossator-password" type="password" autocomplete="off" maxlength="500" required aria-describedby=${o?"glossator-trouble":r} aria-invalid=${o?"true":r}>
    ${o?s`<p id="glossator-trouble" class="file-trouble" dir="auto">${o}</p>`:r}
    <button type="submit">${a("dc.lock.open")}</button></form>`}export{g as unready,b as words};
