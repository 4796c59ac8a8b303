// A user's document, as GET /api/docs tells it.

export interface Doc {
  readonly document_id: string;
  readonly title: string;
  readonly filename: string;
  readonly format: string;
  readonly size: number;
  readonly status: "queued" | "parsing" | "embedding" | "ready" | "failed";
  readonly error: string | null;
  /** Why it failed, where somebody can mend it. */
  readonly reason: "password" | "scan" | "stopped" | null;
  readonly notes: readonly string[];
  readonly progress: { readonly stage: string; readonly done: number; readonly total: number; readonly unit: "pages" | "slides" | "parts" | "chunks" };
  readonly language: string;
  readonly chunk_count: number;
  readonly pages: number | null;
  /** Pages that can be asked as a whole by now. */
  readonly pages_searchable: number | null;
  readonly created_at: string;
  readonly last_processed_at: string | null;
  readonly raw_url: string;
}

export interface DocPage {
  readonly items: readonly Doc[];
  readonly total: number;
  readonly file_limit_bytes: number;
}

export interface Storage {
  readonly limit_bytes: number | null;
  readonly used_bytes: number;
}

export const unfinished = (doc: Doc): boolean => doc.status === "queued" || doc.status === "parsing" || doc.status === "embedding";
