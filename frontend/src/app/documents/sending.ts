// One file on its way to the server.

import { csrf, Problem } from "../../foundation/api.ts";

/** What the server says of a file it took. */
export interface Taken {
  readonly document_id: string;
  readonly filename: string;
  readonly duplicate?: boolean;
}

/**
 * Send a file; `told` hears of the bytes. Raises `Problem`, and `AbortError` where it is stopped.
 *
 * By XMLHttpRequest, because fetch tells nothing of what it has sent.
 */
export function send(file: File, told: (sent: number) => void, signal: AbortSignal): Promise<Taken> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/upload");
    for (const [name, value] of Object.entries(csrf())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => told(Math.min(event.loaded, file.size)));
    request.upload.addEventListener("load", () => told(file.size));
    request.addEventListener("error", () => reject(new Problem(0, null)));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    request.addEventListener("load", () => {
      const answer = request.response as { documents?: Taken[] } | null;
      const taken = answer?.documents?.[0];
      if (request.status === 202 && taken) resolve(taken);
      else reject(new Problem(request.status, answer as Record<string, unknown> | null, Number(request.getResponseHeader("retry-after")) || null));
    });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.append("files", file, file.name);
    request.send(form);
  });
}
