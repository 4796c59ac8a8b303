// The app's addresses.

import { segments } from "../foundation/api.ts";
import { Router } from "../foundation/router.ts";

export const router = new Router({
  "": "library",
  "/b/:book": "book",
  "/b/:book/:chapter*": "chapter",
  "/files": "documents",
  "/files/:id": "viewer",
  "/progress": "progress",
  "/usage": "usage",
  "/admin": "admin",
  "/admin/:tab": "admin",
  "/login": "login",
  "/signup": "signup",
  "/settings": "settings",
});

/** The address of a book or of one of its chapters in this reader. */
export function bookAddress(bookId: string, chapterId: string | null = null): string {
  const base = `/b/${encodeURIComponent(bookId)}`;
  return chapterId === null ? base : `${base}/${segments(chapterId)}`;
}

/** The address of one of the reader's own documents. */
export const documentAddress = (id: string): string => `/files/${encodeURIComponent(id)}`;
