import"./chunks/chunk-SEEUBVLG.js";
