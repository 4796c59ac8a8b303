// Made by scripts/client_types.py from the server's description; not written by hand.

/** An allowance; `limit` and `left` are null where it is unlimited. */
export interface AllowanceLeft {
  limit: number | null;
  used: number;
  left: number | null;
  window_seconds: number;
  resets_at: string;
}

/** The caller's allowances; null where the caller has none. */
export interface AllowancesLeft {
  questions: AllowanceLeft | null;
  translations: AllowanceLeft | null;
  personalizations: AllowanceLeft | null;
  storage: StorageLeft | null;
  money: MoneyLeft | null;
}

/** An answer with everything that proves it; `nearest` is filled where it isn't grounded. */
export interface Answer {
  answer: string;
  sources: Source[];
  response_time: number;
  grounded: boolean;
  confidence: number;
  mode: Mode;
  degraded: string | null;
  nearest: Source[];
  sentences: AnsweredSentence[];
  session_id?: string | null;
  message_id?: string | null;
  usage?: UsageShown | null;
}

/** A sentence of the answer and the indexes of its sources. */
export interface AnsweredSentence {
  text: string;
  support: Support;
  sources: number[];
}

/** A question; without ids, to all books that the caller may see. Clients of the AI SDK send `id` and `messages` instead: the last of the user's messages is the question, and `id` names the session. `from_chapter` is the chapter that is open: it narrows nothing, and tells authors where a question came up. */
export interface AskBody {
  language?: string | null;
  level?: string | null;
  hardware?: string | null;
  question?: string | null;
  selected_text?: string | null;
  only_selection?: boolean;
  book_id?: string | null;
  book_ids?: string[] | null;
  chapter_id?: string | null;
  from_chapter?: string | null;
  document_ids?: string[] | null;
  session_id?: string | null;
  stream?: boolean;
  id?: string | null;
  messages?: ChatLine[] | null;
  trigger?: string | null;
  messageId?: string | null;
}

/** A page of the books. */
export interface BookPage {
  items: ListedBook[];
  page: number;
  page_size: number;
  total: number;
}

/** How far a book is; `continue` is null where it is finished. */
export interface BookRead {
  book_id: string;
  title: string;
  percent: number;
  chapters: number;
  completed: number;
  continue: ReadOn | null;
}

/** A chapter's id and title. */
export interface ChapterName {
  chapter_id: string;
  title: string;
}

/** A chapter that was opened or marked. */
export interface ChapterRead {
  chapter_id: string;
  book_id: string;
  completed: boolean;
  last_accessed: string;
}

/** A message as `useChat` sends it. */
export interface ChatLine {
  role: string;
  parts?: ChatPart[];
  content?: string | null;
}

/** A part of a client's message; only text is read. */
export interface ChatPart {
  type: string;
  text?: string | null;
}

/** Who signs in. `session`: a token in the answer, or an HttpOnly cookie for a browser. */
export interface Credentials {
  email: string;
  password: string;
  session?: "bearer" | "cookie";
}

/** It was noted. */
export interface Done {
  success: boolean;
}

/** What a reader thinks of an answer. */
export interface FeedbackBody {
  rating: "up" | "down";
  comment?: string | null;
}

/** A passage; exactly one of `chapter_id` and `document_id` is set. */
export interface FoundPassage {
  chapter_id: string | null;
  document_id: string | null;
  book_id: string | null;
  title: string;
  section: string;
  page: number | null;
  text: string;
  start: number;
  end: number;
  similarity: number;
  url: string;
  score: number;
  why: Record<string, number>;
}

/** Passages, best first; `confidence` is that the scope holds the answer. */
export interface FoundPassages {
  results: FoundPassage[];
  confidence: number;
}

/** An error with the fields that have to be mended. */
export type InvalidProblem = Problem & {
  errors: {
    field: string;
    message: string;
  }[];
};

/** A block: its place in `content`, in Unicode code points. */
export interface ListedBlock {
  block_id: string;
  kind: string;
  start: number;
  end: number;
  page: number | null;
}

/** A book with its chapters in reading order. */
export interface ListedBook {
  book_id: string;
  title: string;
  language: string;
  url: string | null;
  visibility: string;
  chapters: ListedChapter[];
}

/** A chapter in its book's list; `minutes` to read it, `url` where. */
export interface ListedChapter {
  chapter_id: string;
  title: string;
  depth: number;
  position: number;
  part: string[];
  words: number;
  minutes: number;
  languages: string[];
  url: string;
}

/** A heading and where it stands in `content`. */
export interface ListedHeading {
  text: string;
  depth: number;
  anchor: string;
  start: number;
}

/** A login: its token, or for a browser the word that goes with its cookie. */
export interface LoggedIn {
  access_token: string | null;
  token_type: "bearer" | "cookie";
}

/** A quote as the page shows it. `start` and `end` count UTF-16 units (JavaScript's string indexes) in the visible text of the block: the text of its HTML, where a formula counts as its TeX source. `text` is that stretch, `html` the same with its emphasis, links, code and formulas, clean to show. */
export interface Mark {
  block_id: string;
  start: number;
  end: number;
  text: string;
  html: string;
}

/** A chapter, and whether it is finished. */
export interface MarkBody {
  chapter_id: string;
  book_id?: string | null;
  completed: boolean;
}

/** Who one is. */
export interface Me {
  id: number;
  email: string;
  name: string;
  programming_level: "beginner" | "intermediate" | "advanced";
  hardware: "none" | "gpu" | "jetson" | "robotics";
  role: "user" | "author" | "admin";
  questions_told: boolean;
}

/** Who answered: a model, the book's own sentences, only near passages, or nobody. */
export type Mode = "model" | "extractive" | "closest" | "refused";

/** The caller's part of the day's money; `limit_usd` and `left_usd` are null where unlimited. */
export interface MoneyLeft {
  limit_usd: number | null;
  spent_usd: number;
  left_usd: number | null;
  resets_at: string;
}

/** An error, as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What happened and what to do. */
  detail: string;
  request_id: string;
}

/** A chapter's text with its blocks and headings; `html` where it was asked for. */
export interface ReadChapter {
  chapter_id: string;
  document_id: string;
  book_id: string;
  title: string;
  content: string;
  blocks: ListedBlock[];
  headings: ListedHeading[];
  previous: ChapterName | null;
  next: ChapterName | null;
  url: string;
  language: string;
  direction: "ltr" | "rtl";
}

/** The chapter to read next. */
export interface ReadOn {
  chapter_id: string;
  title: string;
}

/** One's progress, last read first. */
export interface Reading {
  chapters_read: ChapterRead[];
  questions_asked: number;
  books: BookRead[];
}

/** A search; without ids, over the books that the caller may see and their own documents. */
export interface SearchBody {
  query: string;
  book_id?: string | null;
  chapter_id?: string | null;
  document_ids?: string[] | null;
  k?: number;
}

/** The blocks, start..end (code points), of the form of a chapter that the reader has open. What of `language`, `level` and `hardware` doesn't apply is empty. */
export interface Seen {
  language: string;
  level: string;
  hardware: string;
  start: number;
  end: number;
}

/** A question about text that the reader has marked. */
export interface SelectedBody {
  language?: string | null;
  level?: string | null;
  hardware?: string | null;
  question: string;
  selected_text: string;
  only_selection?: boolean;
  book_id?: string | null;
  chapter_id?: string | null;
  from_chapter?: string | null;
  session_id?: string | null;
  stream?: boolean;
}

/** A citation: `quote` stands at start..end (code points) of the canonical text. Exactly one of `chapter_id` and `document_id` is set. `section` is the heading path; `marks` are the quote in the visible text of each block it runs through. `variant` is where the reader sees it, if the open page is the chapter retold or translated. */
export interface Source {
  chapter_id: string | null;
  document_id: string | null;
  book_id: string | null;
  block_id: string;
  title: string;
  section: string;
  page: number | null;
  quote: string;
  start: number;
  end: number;
  similarity: number;
  url: string;
  marks?: Mark[];
  variant?: Seen | null;
}

/** Bytes of the user's files; `limit_bytes` and `left_bytes` are null where unlimited. */
export interface StorageLeft {
  limit_bytes: number | null;
  used_bytes: number;
  left_bytes: number | null;
}

/** Whether a sentence has a proven citation, has none, or only joins others. */
export type Support = "supported" | "unsupported" | "connective";

/** What the model's call took, by the provider's own count, and its price in US dollars. */
export interface UsageShown {
  model: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  cost_usd: number;
}

/** What each call takes and answers. */
export interface Calls {
  /** Sign in; the wrong address and the wrong password get the same answer. */
  "POST /api/auth/login": { body: Credentials; answer: LoggedIn };
  /** Who one is. */
  "GET /api/auth/me": { body: null; answer: Me };
  /** The books that the caller may see, with their chapters in reading order. */
  "GET /api/books": { body: null; answer: BookPage };
  /** One book. */
  "GET /api/books/{book_id}": { body: null; answer: ListedBook };
  /** A chapter's canonical text with its blocks and headings; with `html`, also to be shown. With `language` or `level` the form that is kept of it; nothing is made here. */
  "GET /api/chapters/{chapter_id}": { body: null; answer: ReadChapter };
  /** The passages that come nearest to a question, best first. */
  "POST /api/search": { body: SearchBody; answer: FoundPassages };
  /** An answer from the book with checked quotes, or the sentence that it isn't there. */
  "POST /api/chat/ask": { body: AskBody; answer: Answer };
  /** An answer from the text that the reader marked first, then from the book. */
  "POST /api/chat/selected-text": { body: SelectedBody; answer: Answer };
  /** Say whether an answer helped. */
  "POST /api/chat/messages/{message_id}/feedback": { body: FeedbackBody; answer: null };
  /** What one has read, how far each book is, and where to continue. */
  "GET /api/user/progress": { body: null; answer: Reading };
  /** Mark a chapter as finished, or as not finished. */
  "POST /api/user/progress/mark": { body: MarkBody; answer: Done };
  /** What is left of the caller's allowances, money and storage; guests have questions only. */
  "GET /api/usage": { body: null; answer: AllowancesLeft };
}
