// Server-sent events of a POST: the AI SDK's UI message stream, part by part.

import { Problem } from "./api.ts";

/** One part: its `type` says which fields it has. */
export interface Part {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * The parts of an answer as they come; ends at `[DONE]`.
 *
 * Raises `Problem` with status 0 where the connection breaks before the end.
 */
export async function* parts(response: Response): AsyncGenerator<Part> {
  for await (const event of events(response)) {
    if (event.data === "[DONE]") return;
    yield JSON.parse(event.data) as Part;
  }
  throw new Problem(0, null);
}

/** Server-sent events as they come, until the connection ends. */
export async function* events(response: Response): AsyncGenerator<{ event: string; data: string }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await read(reader);
      if (done) return;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop()!;
      for (const block of blocks) {
        const lines = block.split(/\r?\n/);
        const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
        const name = lines.find((line) => line.startsWith("event:"))?.slice(6).trim() ?? "message";
        if (data.length > 0) yield { event: name, data: data.join("\n") };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<string>): Promise<ReadableStreamReadResult<string>> {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, null);
  }
}
