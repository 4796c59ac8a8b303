// The program's own API, on this server only.

/** What went wrong, in the server's own sentence. `offline` says that nothing was reached. */
export class Problem extends Error {
  constructor({ detail, status = 0, requestId = null, offline = false }) {
    super(detail ?? "");
    this.status = status;
    this.requestId = requestId;
    this.offline = offline;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ offline: true });
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new Problem({
    detail: typeof body?.detail === "string" ? body.detail : "",
    status: response.status,
    requestId: body?.request_id ?? null,
  });
}

const segments = (id) => id.split("/").map(encodeURIComponent).join("/");

export const books = () => call("/api/books?page_size=100");

export const book = (id) => call(`/api/books/${encodeURIComponent(id)}`);

export const chapter = (bookId, id) =>
  call(`/api/chapters/${segments(id)}?${new URLSearchParams({ book_id: bookId, html: "true" })}`);

export const ask = (question, bookId, signal) =>
  call("/api/chat/ask", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ question, book_id: bookId }),
    signal,
  });

/** The address of a book or of one of its chapters in this reader. */
export function address(bookId, chapterId = null) {
  const base = `/b/${encodeURIComponent(bookId)}`;
  return chapterId === null ? base : `${base}/${segments(chapterId)}`;
}

/** `{book, chapter}` of an address in this reader; both null in the library, null elsewhere. */
export function place(pathname) {
  const parts = pathname.split("/").filter(Boolean).map(decode);
  if (parts.length === 0) return { book: null, chapter: null };
  if (parts[0] !== "b" || parts.length < 2) return null;
  return { book: parts[1], chapter: parts.length > 2 ? parts.slice(2).join("/") : null };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
