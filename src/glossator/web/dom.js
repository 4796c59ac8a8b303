// Making elements, and the one door through which the server's HTML enters the page.

const policy = globalThis.trustedTypes?.createPolicy("glossator", { createHTML: (html) => html });

/** An element with properties, attributes (`aria-…`, `data-…`, `role`) and children. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Put HTML into an element that the server has rendered and cleaned; nothing else may use it. */
export function setServerHtml(element, html) {
  element.innerHTML = policy ? policy.createHTML(html) : html;
  return element;
}

const polite = h("div", { class: "unseen", role: "status" });
const urgent = h("div", { class: "unseen", role: "alert" });

/** The two live regions; put into the page once. */
export const announcers = [polite, urgent];

/** Say something to people who listen to the page. */
export function announce(words, { now = false } = {}) {
  const region = now ? urgent : polite;
  region.textContent = "";
  // The same words twice are only spoken again if the region was empty in between.
  setTimeout(() => (region.textContent = words), 50);
}

/** A title, name or path in its own direction. */
export function bdi(words) {
  return h("bdi", {}, words);
}

/** Copy words; true if it worked. Where the clipboard is closed (plain http), the old way. */
export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const field = h("textarea", { value: words, class: "unseen", readOnly: true });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
