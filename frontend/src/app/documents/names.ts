// Names that others gave: shown as text, and nothing invisible in them turns the line round.

/** Marks that change direction, and characters that no one sees. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A name without what can't be seen. Zero-width joiners stay: Urdu needs them. */
export const clean = (name: string): string => name.replace(UNSEEN, "").trim() || "—";

/** A name for the middle of a sentence: it keeps its own direction, and the sentence too. */
export const isolated = (name: string): string => `\u2068${clean(name)}\u2069`;
