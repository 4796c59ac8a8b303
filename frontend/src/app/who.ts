// Who is reading: a signed-in user by the cookie of this server, or a guest.

import { api, Problem } from "../foundation/api.ts";
import { Cell } from "../foundation/cell.ts";
import { forget } from "../foundation/kept.ts";
import type { Me } from "../foundation/types.ts";

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

/** What stays on the device when somebody logs out. */
const OF_THE_DEVICE = ["theme", "language"];

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

/** Log out; what this device kept of the person goes. Raises `Problem`. */
export async function logOut(): Promise<void> {
  await api.call("/api/auth/logout", { method: "POST" });
  leave();
}

/** Forget the person on this device. */
export function leave(): void {
  forget(OF_THE_DEVICE);
  who.value = null;
}
