// The API's objects, as `../shared` contract and docs/guide/api.md name them.

export interface Mark {
  readonly block_id: string;
  /** UTF-16 units in the visible text of the block. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly html: string;
}

/** A passage of a book's chapter or of a document: exactly one of the two ids is set. */
export interface Source {
  readonly chapter_id: string | null;
  readonly document_id: string | null;
  readonly book_id: string | null;
  readonly block_id: string;
  readonly title: string;
  readonly section: string;
  readonly page: number | null;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
  readonly similarity: number;
  readonly url: string;
  readonly language?: string;
  readonly marks?: readonly Mark[];
}

export interface Sentence {
  readonly text: string;
  readonly support: "supported" | "unsupported" | "connective";
  readonly sources: readonly number[];
}

export interface Usage {
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  readonly cost_usd: number;
}

export interface Answer {
  readonly answer: string;
  readonly sources: readonly Source[];
  readonly response_time: number;
  readonly grounded: boolean;
  readonly confidence: number;
  readonly mode: "model" | "extractive" | "closest" | "refused";
  readonly degraded: "budget" | "provider" | "no_model" | null;
  readonly nearest: readonly Source[];
  readonly sentences: readonly Sentence[];
  readonly session_id: string | null;
  readonly message_id: string | null;
  readonly usage: Usage | null;
}

export interface ListedChapter {
  readonly chapter_id: string;
  readonly title: string;
  readonly depth: number;
  readonly position: number;
  readonly part: readonly string[];
  readonly words: number;
  readonly minutes: number;
  readonly languages: readonly string[];
  /** The page it stands on: the author's, or this server's. */
  readonly url: string;
}

/** A question that the server kept, beside its whole answer. */
export interface Message extends Answer {
  readonly question: string;
  readonly selected_text: string | null;
  readonly asked_at: string;
  readonly rating: "up" | "down" | null;
}

export interface Session {
  readonly session_id: string;
  readonly title: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Book {
  readonly book_id: string;
  readonly title: string;
  readonly language: string;
  readonly url: string | null;
  readonly visibility: string;
  readonly chapters: readonly ListedChapter[];
}

export interface Heading {
  readonly text: string;
  readonly depth: number;
  readonly anchor: string;
  readonly start: number;
}

export interface Neighbour {
  readonly chapter_id: string;
  readonly title: string;
}

export interface ChapterBlock {
  readonly block_id: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** Only in a retold or translated chapter: whether this block is still the author's. */
  readonly state?: string;
  readonly direction?: "rtl" | "ltr";
}

export interface Chapter {
  readonly chapter_id: string;
  readonly document_id: string;
  readonly book_id: string;
  readonly title: string;
  readonly content: string;
  readonly blocks: readonly ChapterBlock[];
  readonly headings: readonly Heading[];
  readonly previous: Neighbour | null;
  readonly next: Neighbour | null;
  readonly url: string;
  readonly language: string;
  readonly direction: "rtl" | "ltr";
  /** Rendered and cleaned by the server; with `html=true`. */
  readonly html: string;
  readonly level?: string | null;
  readonly completeness?: number;
  /** Blocks of a form that stayed as they were, and why. */
  readonly originals?: readonly { block_id: string; reason: string }[];
  readonly author?: boolean;
}

/** Where one reads in a book. */
export interface ReadingPlace {
  readonly book_id: string;
  readonly chapter_id: string;
  readonly block_id: string;
  /** How far into the block, 0 to 1. */
  readonly offset: number;
  readonly at: string;
}

export interface ReadingProgress {
  readonly chapters_read: readonly { chapter_id: string; book_id: string; completed: boolean; last_accessed: string }[];
  readonly questions_asked: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly page_size: number;
  readonly total: number;
}

export interface Me {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly programming_level: "beginner" | "intermediate" | "advanced";
  readonly hardware: "none" | "gpu" | "jetson" | "robotics";
  readonly role: "user" | "author" | "admin";
  /** Whether authors may read this user's unanswered questions. */
  readonly questions_told: boolean;
}
