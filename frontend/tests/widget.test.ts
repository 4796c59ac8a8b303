import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Book } from "../src/foundation/types.ts";
import { ask, type Agreed } from "../src/widget/agreeing.ts";
import { articleOf, chapterAt, isDark, tidy } from "../src/widget/host.ts";
import { find } from "../src/widget/words.ts";

const page = (html: string): HTMLElement => {
  document.body.innerHTML = `<main>${html}</main>`;
  return document.querySelector("main")!;
};
const found = (html: string, words: string, after?: string) => {
  const root = page(html);
  const range = find(root, words, after ? document.getElementById(after) : null);
  return range && range.toString();
};

beforeEach(() => {
  document.documentElement.removeAttribute("data-theme");
  document.documentElement.className = "";
});
afterEach(() => vi.restoreAllMocks());

test("words are found across elements and the page's own line breaks", () => {
  expect(found("<p>One <em>small</em>\n   step <a href='#'>for a man</a>.</p>", "One small step for a man.")).toBe("One small\n   step for a man.");
});

test("typographic signs and invisible ones make no difference", () => {
  expect(found("<p>It\u2019s \u201cfast\u201d \u2013 very\u00a0fast, sensi\u00adtive.</p>", 'It\'s "fast" - very fast, sensitive.')).toContain("sensi\u00adtive.");
  expect(found("<h2>Depth<a class='hash-link' href='#d'>\u200b</a></h2><p>x</p>", "Depth")).toBe("Depth");
});

test("exactly these words or none", () => {
  expect(found("<p>The arm moves fast.</p>", "The arm moves slowly.")).toBeNull();
  expect(found("<p>The arm moves.</p>", "")).toBeNull();
  expect(found("<p>A rod.</p><p>A rod.</p>", "A rod.")).toBeNull();
});

test("of equal words those under the quote's heading", () => {
  const html = "<h2 id='a'>A</h2><p>A <b>rod</b>.</p><h2 id='b'>B</h2><p id='there'>A rod.</p>";
  const root = page(html);
  const range = find(root, "A rod.", document.getElementById("b"));
  expect(range?.startContainer.parentElement?.id).toBe("there");
  expect(found(html, "A rod.", "a")).toBe("A rod.");
});

test("a formula counts as its source and is taken whole", () => {
  const formula = "<span class='katex'><span class='katex-mathml'><math><annotation>u = K_p e</annotation></math></span><span aria-hidden='true'>u=Kpe</span></span>";
  const root = page(`<p>So ${formula} holds.</p>`);
  const range = find(root, "So u = K_p e holds.");
  expect(range?.cloneContents().querySelector(".katex")).not.toBeNull();
});

test("what isn't text of the page is passed over", () => {
  expect(found("<p>One <button>Copy</button><script>1</script>two.</p>", "One two.")).toBe("One Copy1two.");
});

test("finding changes nothing", () => {
  const html = "<p>One <em>small</em> step.</p>";
  const root = page(html);
  find(root, "small step.");
  expect(root.innerHTML).toBe(html);
});

const chapter = (id: string, url: string) => ({ chapter_id: id, title: id, depth: 0, position: 0, part: [], words: 1, minutes: 1, languages: [], url });
const book = (url: string | null, ...chapters: ReturnType<typeof chapter>[]): Book => ({ book_id: "b", title: "B", language: "en", url, visibility: "public", chapters });

test("a page's chapter is told by its path", () => {
  const site = book("https://b.example/course/", chapter("intro", "https://b.example/course/"), chapter("a", "https://b.example/course/docs/a"), chapter("x/a", "https://b.example/course/docs/x/a/"));
  const at = (path: string, said?: string) => chapterAt(site, path, said)?.chapter_id ?? null;
  expect(at("/course/docs/a")).toBe("a");
  expect(at("/course/docs/x/a/index.html")).toBe("x/a");
  expect(at("/course/docs/a.html")).toBe("a");
  // A preview, and another language of the site.
  expect(at("/preview-7/course/ur/docs/x/a")).toBe("x/a");
  expect(at("/course/")).toBe("intro");
  expect(at("/other")).toBeNull();
  expect(at("/other", "x/a")).toBe("x/a");
  expect(at("/course/docs/a", "gone")).toBe("a");
  expect(tidy("/%D8%A7/x/")).toBe("/\u0627/x");
  expect(tidy("/%zz")).toBe("/%zz");
});

test("a book without a site of its own is told by its chapters' ids", () => {
  const ours = book(null, chapter("part-1/a", "/b/b/part-1/a"));
  expect(chapterAt(ours, "/docs/part-1/a/")?.chapter_id).toBe("part-1/a");
});

test("the text of well-known sites is found, and the owner knows better", () => {
  page("<article class='theme-doc-markdown'>x</article><div id='own'></div>");
  expect(articleOf(null).className).toBe("theme-doc-markdown");
  expect(articleOf("#own").id).toBe("own");
  expect(articleOf("#gone").className).toBe("theme-doc-markdown");
});

test("the colours are those of the host's theme", () => {
  const root = document.documentElement;
  root.dataset["theme"] = "dark";
  expect(isDark()).toBe(true);
  root.dataset["theme"] = "light";
  expect(isDark()).toBe(false);
  root.removeAttribute("data-theme");
  root.className = "js navy";
  expect(isDark()).toBe(true);
});

test("a token is taken from our own window alone", () => {
  const opened = {} as Window;
  let address = "";
  vi.spyOn(window, "open").mockImplementation((to) => {
    address = String(to);
    return opened;
  });
  const heard: Agreed[] = [];
  expect(ask("https://tutor.example", "b", (said) => heard.push(said))).toBe(true);
  const state = new URLSearchParams(address.split("#")[1]).get("state")!;
  const good = { type: "glossator-agreed", state, name: "Ada", token: "t", expires_in: 600 };
  const say = (data: unknown, origin = "https://tutor.example", source: unknown = opened) => {
    const event = new MessageEvent("message", { data, origin });
    Object.defineProperty(event, "source", { value: source });
    dispatchEvent(event);
  };
  say(good, "https://evil.example");
  say(good, "https://tutor.example.evil.example");
  say(good, "https://tutor.example", window);
  say({ ...good, state: "guessed" });
  say({ ...good, type: "other" });
  say({ ...good, token: 7 });
  say(null);
  expect(heard).toEqual([]);
  say(good);
  say({ ...good, name: "Mallory" });
  expect(heard.map((said) => said.name)).toEqual(["Ada"]);
  expect(state).toHaveLength(32);
});

test("a window that isn't allowed is said", () => {
  vi.spyOn(window, "open").mockReturnValue(null);
  expect(ask("https://tutor.example", "b", () => undefined)).toBe(false);
});
