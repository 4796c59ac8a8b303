var e="glossator.quote";export{e as a};
