// The text of a chapter: the server's HTML, made reachable by keyboard, and the table of contents.

import { address } from "./api.js";
import { bdi, copy, h, setServerHtml } from "./dom.js";
import { t } from "./strings.js";

/** The article of a chapter. */
export function chapterArticle(chapter) {
  const article = h("article", { class: "book", lang: chapter.language, dir: chapter.direction });
  const text = setServerHtml(h("div", { class: "text" }), chapter.html);
  const first = text.querySelector("h1");
  const title = first ?? h("h1", {}, chapter.title);
  title.tabIndex = -1;
  if (first === null) article.append(title);
  article.append(text, h("nav", { class: "turn", "aria-label": `${t.previous}, ${t.next}` },
    neighbour(chapter.book_id, chapter.previous, t.previous, "prev"),
    neighbour(chapter.book_id, chapter.next, t.next, "next")));
  tabSets(text);
  listings(text);
  return article;
}

function neighbour(bookId, chapter, words, rel) {
  if (chapter === null) return null;
  return h("a", { href: address(bookId, chapter.chapter_id), rel, class: rel },
    h("span", { class: "soft" }, words), bdi(chapter.title));
}

/** Let what scrolls sideways be reached and scrolled by keyboard. */
export function reachable(root) {
  for (const box of root.querySelectorAll("pre, .table, .math.display")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", t.scrollable);
    } else if (box.hasAttribute("tabindex")) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
}

function listings(text) {
  for (const pre of text.querySelectorAll("pre")) {
    const button = h("button", { type: "button", class: "quiet" }, t.copyCode);
    button.addEventListener("click", async () => {
      button.textContent = (await copy(pre.textContent)) ? t.copied : t.copyFailed;
      setTimeout(() => (button.textContent = t.copyCode), 2500);
    });
    const frame = h("div", { class: "listing" });
    pre.replaceWith(frame);
    frame.append(h("div", { class: "listing-head", "data-ui": "", dir: "ltr" },
      h("span", {}, pre.dataset.language ?? ""), button), pre);
  }
}

let sets = 0;

function tabSets(text) {
  for (const set of text.querySelectorAll(".tabs")) {
    const panels = [...set.querySelectorAll(":scope > .tab")];
    const name = `glossator-tabs-${++sets}`;
    const buttons = panels.map((panel, n) => {
      panel.id = `${name}-panel-${n}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `${name}-${n}`);
      // The label stands in the text too, where it can be quoted; as a tab it is seen already.
      const label = panel.firstElementChild;
      if (label?.textContent.trim() === panel.dataset.title) label.hidden = true;
      return h("button", { type: "button", role: "tab", id: `${name}-${n}`, "aria-controls": panel.id,
        onclick: () => chooseTab(panel) }, panel.dataset.title);
    });
    const list = h("div", { role: "tablist", "aria-label": t.tabs, "data-ui": "" }, ...buttons);
    list.addEventListener("keydown", (event) => moveTab(event, buttons, panels));
    set.prepend(list);
    chooseTab(panels[0]);
  }
}

function moveTab(event, buttons, panels) {
  const ahead = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const step = event.key === ahead ? 1 : -1;
  const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
  chooseTab(panels[next]);
  buttons[next].focus();
}

function chooseTab(panel) {
  for (const other of panel.parentElement.querySelectorAll(":scope > .tab")) {
    const chosen = other === panel;
    other.hidden = !chosen;
    const button = document.getElementById(other.getAttribute("aria-labelledby"));
    const tab = button ?? panel.parentElement.querySelector(`[aria-controls="${other.id}"]`);
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}

/** Open every fold and tab that hides an element. */
export function reveal(element) {
  for (let at = element; at !== null; at = at.parentElement) {
    if (at.localName === "details") at.open = true;
    if (at.classList.contains("block")) at.hidden = false;
    if (at.classList.contains("tab") && at.hidden) chooseTab(at);
  }
}

/** The table of contents of a book, with the open chapter's headings. */
export function contents(book, chapter) {
  const items = [];
  let open = [];
  for (const row of book.chapters) {
    const part = row.part ?? [];
    part.forEach((title, level) => {
      if (part.slice(0, level + 1).join("\n") === open.slice(0, level + 1).join("\n")) return;
      items.push(h("li", { class: "part", "data-depth": String(Math.min(level, 3)) }, bdi(title)));
    });
    open = part;
    const here = chapter !== null && row.chapter_id === chapter.chapter_id;
    const link = h("a", { href: address(book.book_id, row.chapter_id), "aria-current": here ? "page" : undefined },
      bdi(row.title));
    const depth = String(Math.min(row.depth ?? 0, 3));
    if (chapter === null && row.minutes) link.append(" ", h("span", { class: "soft" }, t.minutes(row.minutes)));
    items.push(h("li", { "data-depth": depth }, link, here ? headings(chapter) : null));
  }
  return h("ol", { lang: book.language }, ...items);
}

function headings(chapter) {
  const wanted = chapter.headings.filter((heading) => heading.depth === 2);
  if (wanted.length === 0) return null;
  return h("ol", { class: "headings" },
    ...wanted.map((heading) => h("li", {}, h("a", { href: `#${encodeURIComponent(heading.anchor)}` }, bdi(heading.text)))));
}

/** The page of a book: its chapters. */
export function bookPage(book) {
  const [first] = book.chapters;
  return h("div", { class: "front" }, h("h1", { tabIndex: -1, lang: book.language, dir: "auto" }, book.title),
    h("p", { class: "soft" }, summary(book)),
    first ? h("p", {}, h("a", { class: "button", href: address(book.book_id, first.chapter_id) }, t.read)) : null,
    contents(book, null));
}

/** The library: every book there is. */
export function libraryPage(books) {
  const list = books.map((book) => h("li", {}, h("a", { href: address(book.book_id), lang: book.language },
    bdi(book.title)), h("span", { class: "soft" }, summary(book))));
  return h("div", { class: "front" }, h("h1", { tabIndex: -1 }, t.library),
    list.length > 0 ? h("ul", { class: "shelf" }, ...list) : h("p", {}, t.libraryEmpty));
}

function summary(book) {
  const minutes = book.chapters.reduce((sum, chapter) => sum + (chapter.minutes ?? 0), 0);
  return `${t.chapters(book.chapters.length)} · ${t.minutes(minutes)}`;
}
