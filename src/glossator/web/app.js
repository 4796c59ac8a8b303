import"./chunks/chunk-EBDM6V6Z.js";
