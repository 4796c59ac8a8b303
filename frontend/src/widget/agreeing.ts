// Signing in: a window of the tutor's own asks the person, and hands over a token for this site.

/** What the window says, once the person has agreed. */
export interface Agreed {
  readonly type: "glossator-agreed";
  readonly state: string;
  readonly name: string;
  readonly token: string;
  readonly expires_in: number;
}

/** Open the window; false where the browser doesn't let us. `agreed` is told at most once. */
export function ask(api: string, book: string, agreed: (said: Agreed) => void): boolean {
  const state = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const told = new URLSearchParams({ site: location.origin, book, state });
  const opened = window.open(`${api}/widget/agree#${told}`, "_blank", "popup,width=480,height=680");
  if (!opened) return false;
  const hear = (event: MessageEvent) => {
    // Anybody may send messages: only the window that we opened, while it shows the tutor.
    if (event.origin !== api || event.source !== opened) return;
    const said = event.data as Partial<Agreed> | null;
    if (said?.type !== "glossator-agreed" || said.state !== state || typeof said.token !== "string") return;
    removeEventListener("message", hear);
    agreed(said as Agreed);
  };
  addEventListener("message", hear);
  return true;
}
