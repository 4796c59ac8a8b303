import"./chunks/chunk-4EJY4IAP.js";
