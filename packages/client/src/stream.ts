import type { Answer, Source } from "./api.js";
import { ApiError, GlossatorFault } from "./errors.js";

/** A part of an answer while it comes about; the last one is `finished`, with the whole answer. */
export type Part =
  | { type: "begun"; messageId: string }
  | { type: "text"; text: string }
  /** A source, proven just now; its number stands in brackets in the text. */
  | { type: "cited"; number: number; source: Source }
  /** What was streamed so far couldn't be proven: the text that follows stands in its place. */
  | { type: "retracted" }
  | { type: "finished"; answer: Answer };

/** The parts of a stream's bytes; throws where the answer failed, or broke off. */
export async function* parts(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Part, void, undefined> {
  let finished = false;
  for await (const line of lines(bytes)) {
    if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
    const part = read(JSON.parse(line.slice(6)) as Told);
    if (part === null) continue;
    finished ||= part.type === "finished";
    yield part;
  }
  if (!finished) throw new GlossatorFault("The stream broke off before the answer was finished. Ask again.");
}

interface Told {
  type: string;
  messageId: string;
  delta: string;
  errorText: string;
  data: unknown;
}

function read(told: Told): Part | null {
  switch (told.type) {
    case "start":
      return { type: "begun", messageId: told.messageId };
    case "text-delta":
      return { type: "text", text: told.delta };
    case "data-source":
      return { type: "cited", ...(told.data as { number: number; source: Source }) };
    case "data-retracted":
      return { type: "retracted" };
    case "data-answer":
      return { type: "finished", answer: told.data as Answer };
    case "error":
      throw new ApiError(500, { detail: told.errorText, type: "stream" });
    default:
      return null;
  }
}

// Lines as they come; whoever stops listening closes the connection, and the server its model.
async function* lines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = bytes.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const whole = (rest + decoder.decode(value, { stream: !done })).split("\n");
      rest = whole.pop() ?? "";
      yield* whole;
      if (done) break;
    }
    if (rest) yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
