// What the server tells administrators and authors.

import type { Page } from "../../foundation/types.ts";

export interface Budget {
  readonly day: string;
  readonly limit_usd: number | null;
  readonly settled_usd: number;
  readonly reserved_usd: number;
  readonly renews_at: string;
  readonly stopped: boolean;
}

export interface Sum {
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
}

/** `GET /api/admin/usage`. */
export interface Report {
  readonly budget: Budget;
  readonly since: string;
  readonly by_day: readonly (Sum & { readonly day: string })[];
  readonly by_feature: readonly (Sum & { readonly feature: string })[];
  readonly by_model: readonly (Sum & { readonly model: string })[];
}

/** `GET /api/admin/answers`. */
export interface Answers {
  readonly questions: number;
  readonly modes: Readonly<Record<"model" | "extractive" | "closest" | "refused", number>>;
  readonly degraded: Readonly<Record<string, number>>;
}

export type Names = "questions" | "translations" | "personalizations" | "searches";
export const NAMES: readonly Names[] = ["questions", "translations", "personalizations", "searches"];
export type SetBy = "user" | "role" | "settings";
export type Role = "user" | "author" | "admin";
export const ROLES: readonly Role[] = ["user", "author", "admin"];

/** One person of `GET /api/admin/users`. */
export interface Person {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly issuer: string | null;
  readonly questions_asked: number;
  readonly last_seen_at: string | null;
  readonly allowances: Readonly<Record<Names, { readonly limit: number | null; readonly used: number; readonly window_seconds: number; readonly resets_at: string; readonly set_by: SetBy }>>;
  readonly budget: { readonly share_usd: number | null; readonly spent_today_usd: number; readonly resets_at: string; readonly set_by: SetBy };
}

/** `GET /api/admin/limits`; null is unlimited. */
export interface Limits {
  readonly budget_usd_per_day: number | null;
  readonly settings: Readonly<Record<Names | "guest_questions" | "budget_cents", number | null>>;
  readonly roles: Readonly<Record<Role, Readonly<Record<string, number | null>>>>;
}

export interface Job {
  readonly status: "queued" | "parsing" | "embedding" | "ready" | "failed";
  readonly error: string | null;
  readonly progress: { readonly done: number; readonly total: number };
}

/** One book of `GET /api/admin/books`. */
export interface AdminBook {
  readonly book_id: string;
  readonly title: string | null;
  readonly language: string | null;
  readonly visibility: string;
  readonly chapters: number;
  readonly words: number;
  readonly prepared: readonly { readonly language: string; readonly level: string; readonly hardware: string; readonly chapters: number }[];
  readonly job: Job | null;
}

/** A chapter or section, and how many of a gap's questions belong to it. */
export interface GapPlace {
  readonly book_id: string;
  readonly chapter_id: string;
  readonly title: string;
  readonly count: number;
}

/** One subject of `GET /api/admin/missing`: questions without a good answer. */
export interface Gap extends GapPlace {
  readonly name: string;
  readonly question: string;
  readonly askers: number;
  readonly kinds: Readonly<Record<"refused" | "closest" | "rated_down", number>>;
  readonly last_asked_at: string;
  readonly examples: readonly { readonly question: string; readonly count: number }[];
  readonly asked_from: readonly GapPlace[];
  readonly nearest: readonly (GapPlace & { readonly section: string; readonly url: string })[];
  /** Words that no chapter of the book has. */
  readonly absent: readonly string[];
  /** Words that only other chapters than the nearest one have. */
  readonly elsewhere: readonly { readonly word: string; readonly chapters: readonly { readonly chapter_id: string; readonly title: string }[] }[];
}

/** One of `GET /api/admin/mistakes`; `title` is the chapter's. */
export interface ToldMistake {
  readonly mistake_id: string;
  readonly book_id: string;
  readonly chapter_id: string;
  readonly block_id: string;
  readonly words: string;
  readonly comment: string;
  readonly told_at: string;
  readonly title: string;
}

/** `GET /api/admin/jobs`. */
export interface Jobs extends Page<{
  readonly kind: "book" | "file";
  readonly book_id: string | null;
  readonly status: Job["status"];
  readonly error: string | null;
  readonly format: string | null;
  readonly created_at: string;
}> {
  readonly files: Readonly<Record<string, number>>;
}

/** `GET /health/ready`. */
export interface Health {
  readonly status: "ok" | "down";
  readonly parts: Readonly<Record<string, { readonly state: "ok" | "off" | "down"; readonly ms: number; readonly kind?: string | null }>>;
}
