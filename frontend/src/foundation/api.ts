// The program's own API. In the app it is this very server; a widget names another.

/** What went wrong, in the server's own sentence. */
export class Problem extends Error {
  /** The HTTP status; 0 where nothing was reached. */
  readonly status: number;
  /** The last part of the problem's `type`: `no-model`, `allowance-spent`… */
  readonly kind: string;
  readonly requestId: string | null;
  /** Fields of a form and what is wrong with each. */
  readonly errors: readonly { field: string; message: string }[];
  /** Seconds until trying again makes sense, where the server told. */
  readonly retryAfter: number | null;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>> | null, retryAfter: number | null = null) {
    super(typeof body?.["detail"] === "string" ? body["detail"] : "");
    this.status = status;
    this.body = body ?? {};
    this.kind = typeof body?.["type"] === "string" ? body["type"].split(/[/:#]/).pop()! : "";
    this.requestId = typeof body?.["request_id"] === "string" ? body["request_id"] : null;
    this.errors = Array.isArray(body?.["errors"]) ? (body["errors"] as { field: string; message: string }[]) : [];
    this.retryAfter = retryAfter;
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** An object to send as JSON, or a form. */
  readonly body?: object | FormData;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The call goes on when the page is left. */
  readonly keepalive?: boolean;
}

/** One server's API: adds what proves who is asking, and turns failures into `Problem`. */
export class Api {
  #base: string;
  #proof: () => Promise<Record<string, string>> | Record<string, string>;

  /** `proof` gives the headers that say who asks; the app's is the word beside its cookie. */
  constructor(base = "", proof: () => Promise<Record<string, string>> | Record<string, string> = csrf) {
    this.#base = base;
    this.#proof = proof;
  }

  /** An address of this server. */
  address(path: string): string {
    return this.#base + path;
  }

  /** The answer's object; null where it has none. Raises `Problem`, and `AbortError` where stopped. */
  async call<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.send(path, call);
    if (response.status === 204) return null as T;
    const body = (await response.json().catch(() => null)) as T | null;
    if (body === null) throw new Problem(response.status, null);
    return body;
  }

  /** The answer itself, where it is a good one. */
  async send(path: string, { method, body, signal, headers = {}, keepalive = false }: Call = {}): Promise<Response> {
    const form = body instanceof FormData;
    const proof = await this.#proof();
    let response: Response;
    try {
      response = await fetch(this.#base + path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { ...(body === undefined || form ? {} : { "content-type": "application/json" }), ...proof, ...headers },
        credentials: this.#base === "" ? "same-origin" : "omit",
        ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
        ...(keepalive ? { keepalive } : {}),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, null);
    }
    if (response.ok) return response;
    const told = (await response.json().catch(() => null)) as Record<string, unknown> | null;
    const after = Number(response.headers.get("retry-after") ?? NaN);
    throw new Problem(response.status, told, Number.isFinite(after) ? after : null);
  }
}

/** The word beside the cookie, as a header: without it a cookie changes nothing. */
export function csrf(): Record<string, string> {
  const word = /(?:^|; )glossator_csrf=([^;]*)/.exec(document.cookie)?.[1];
  return word === undefined ? {} : { "x-csrf-token": decodeURIComponent(word) };
}

/** The app's own server. */
export const api = new Api();

/** An id as parts of a path: its slashes stay. */
export const segments = (id: string): string => id.split("/").map(encodeURIComponent).join("/");

/** `?a=1&b=2` of the fields that have a value, or "". */
export function query(fields: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
