// In the reader's browser: tells the widget which chapter a page is, whatever its address looks like.

import globalData from "@generated/globalData";

const chapters = globalData["docusaurus-plugin-glossator"]?.default?.chapters ?? {};

export function onRouteDidUpdate({ location }) {
  const path = location.pathname;
  const chapter = chapters[path] ?? chapters[path.replace(/\/$/, "")] ?? chapters[`${path}/`];
  if (chapter === undefined) delete document.documentElement.dataset.glossatorChapter;
  else document.documentElement.dataset.glossatorChapter = chapter;
}
