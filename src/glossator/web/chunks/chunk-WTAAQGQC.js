import{a as n}from"./chunk-VTPPBY5V.js";var l=new n(null);function e(){let t=l.value;return l.value=null,t}export{l as a,e as b};
