import{g as e}from"./chunk-GITWVITB.js";var t=class extends e{createRenderRoot(){return this}};export{t as a};
