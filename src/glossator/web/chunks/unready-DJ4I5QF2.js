import{a as d}from"./chunk-MXZL7LGH.js";import{c as p}from"./chunk-QXOU45O6.js";import{a as r,d as s,u as a}from"./chunk-SEEUBVLG.js";var g=t=>d(t,1,0).words;function v(t,o,n){if(t.reason==="password")return u(c=>n("password",{password:c}),o);let e=d(t,1,0),i=p(t)?a("vw.still",{words:e.words}):[e.words,...e.details].join(" "),l=t.reason==="scan"?"ocr":p(t)?null:"reprocess";return r`<div class="viewer-state" data-kind=${e.kind}><p dir="auto">${i}</p>
    ${o?r`<p dir="auto">${o}</p>`:s}
    ${l?r`<p><button type="button" @click=${()=>n(l)}>${a(l==="ocr"?"dc.ocr":"st.retry")}</button></p>`:s}</div>`}function u(t,o){return r`<form class="viewer-state file-lock" data-kind="needs" @submit=${e=>{e.preventDefault();let i=e.currentTarget.querySelector("input");i.value!==""&&t(i.value),i.value=""}}>
    <p>${a("dc.lock")}</p>
    <label for="glossator-password">${a("dc.lock.label")}</label>
    <input id="glossator-password" type="password" autocomplete="off" maxlength="500" required aria-describedby=${o?"glossator-trouble":s} aria-invalid=${o?"true":s}>
    ${o?r`<p id="glossator-trouble" class="file-trouble" dir="auto">${o}</p>`:s}
    <button type="submit">${a("dc.lock.open")}</button></form>`}export{v as unready,g as words};
