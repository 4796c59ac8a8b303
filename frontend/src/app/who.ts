// Who is reading: a signed-in user by the cookie of this server, or a guest.

import { api, Problem } from "../foundation/api.ts";
import { Cell } from "../foundation/cell.ts";
import { forget } from "../foundation/kept.ts";
import type { Me } from "../foundation/types.ts";
import { OF_THE_DEVICE } from "./preferences.ts";

/** `undefined` until it is known; null for a guest. */
export const who = new Cell<Me | null | undefined>(undefined);

/** Who is reading, once it is known. */
export function known(): Promise<Me | null> {
  if (who.value !== undefined) return Promise.resolve(who.value);
  return new Promise((resolve) => {
    const end = who.watch((me) => {
      if (me === undefined) return;
      end();
      resolve(me);
    });
  });
}

/** Who has signed in; raises a `Problem` of status 401 for a guest, and asks the server nothing. */
export async function member(): Promise<Me> {
  const me = await known();
  if (me === null) throw new Problem(401, null);
  return me;
}

/** Ask the server who is reading. Without the word beside the cookie nobody is signed in. */
export async function recognise(): Promise<void> {
  if (!/(?:^|; )glossator_csrf=/.test(document.cookie)) {
    who.value = null;
    return;
  }
  try {
    who.value = await api.call<Me>("/api/auth/me");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    who.value = null;
  }
}

/** Log in; raises `Problem`. */
export async function logIn(email: string, password: string): Promise<void> {
  await api.call("/api/auth/login", { body: { email, password, session: "cookie" } });
  await recognise();
}

/** Make an account and log in; raises `Problem`. */
export async function signUp(fields: Readonly<Record<string, string>>): Promise<void> {
  await api.call("/api/auth/signup", { body: { ...fields, session: "cookie" } });
  await recognise();
}

/** Log out, here or everywhere; what this device kept of the person goes. Raises `Problem`. */
export async function logOut({ everywhere = false } = {}): Promise<void> {
  await api.call(everywhere ? "/api/auth/logout-everywhere" : "/api/auth/logout", { method: "POST" });
  await leave();
}

/** Forget the person on this device, and begin anew: no page that they saw stays in memory. */
export async function leave(): Promise<void> {
  forget(OF_THE_DEVICE);
  sessionStorage.clear();
  await Promise.allSettled([emptyCaches(), emptyDatabases()]);
  location.replace("/");
}

async function emptyCaches(): Promise<void> {
  if (!("caches" in globalThis)) return;
  for (const name of await caches.keys()) await caches.delete(name);
}

async function emptyDatabases(): Promise<void> {
  for (const { name } of (await indexedDB.databases?.()) ?? []) if (name) indexedDB.deleteDatabase(name);
}

/** The browser may show a page again as it was left; not one of somebody who has logged out since. */
addEventListener("pageshow", (event) => {
  const signedIn = /(?:^|; )glossator_csrf=/.test(document.cookie);
  if (event.persisted && signedIn !== Boolean(who.value)) location.reload();
});
