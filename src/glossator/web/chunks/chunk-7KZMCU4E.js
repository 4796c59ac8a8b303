import{a as e,d as s}from"./chunk-GITWVITB.js";import{f as n}from"./chunk-HJJFNUPL.js";function a(t,o){let i=t.offline&&!navigator.onLine?n("st.away"):t.message||n("st.server");return e`<div class="banner">
    <p>${i}</p>
    ${o?e`<button type="button" @click=${o}>${n("st.retry")}</button>`:s}
    ${t.requestId?e`<p class="tiny">${n("st.code",{id:t.requestId})}</p>`:s}
  </div>`}function l(t,o=s){return e`<div class="empty"><p>${t}</p>${o}</div>`}export{a,l as b};
