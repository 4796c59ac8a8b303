// How the text looks: size, lines, width, face, colours, digits. Kept on this device.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { Cell } from "../../foundation/cell.ts";
import { keep, kept } from "../../foundation/kept.ts";
import { spoken, t, type Key } from "../../foundation/strings.ts";
import { setTheme, theme, THEMES } from "../everywhere.ts";
import { change, other } from "../tongue.ts";
import { bring, fetchFont, hasNastaliq, wanted } from "./urdu_font.ts";

export interface Settings {
  /** Per cent of the usual size. */
  readonly size: number;
  /** How far lines stand apart: -1, 0 or 1 to 2 steps. */
  readonly line: number;
  readonly width: "narrow" | "normal" | "wide";
  readonly face: "book" | "sans";
  readonly urdu: "nastaliq" | "naskh";
}

export const SIZES = [80, 90, 100, 110, 125, 150, 175, 200] as const;
const LINES = [-1, 0, 1, 2] as const;
const USUAL: Settings = { size: 100, line: 0, width: "normal", face: "book", urdu: "nastaliq" };

export const settings = new Cell<Settings>({ ...USUAL, ...kept<Partial<Settings>>("text", {}) });

settings.watch((value) => {
  keep("text", value);
  apply();
});

/** Let the page look as is set. */
export function apply(): void {
  const { size, line, width, face, urdu } = settings.value;
  const root = document.documentElement;
  root.style.setProperty("--text-size", String(size / 100));
  root.style.setProperty("--text-line", String(line * 0.15));
  Object.assign(root.dataset, { width, face, urdu });
}

if (wanted()) bring();

/** One size larger (1) or smaller (-1). */
export function resize(step: 1 | -1): void {
  const at = SIZES.findIndex((size) => size >= settings.value.size);
  settings.update({ size: SIZES[Math.min(SIZES.length - 1, Math.max(0, at + step))]! });
}

const WIDTHS: readonly (readonly [Settings["width"], Key])[] = [["narrow", "aa.narrow"], ["normal", "aa.normal"], ["wide", "aa.wide"]];
const FACES: readonly (readonly [Settings["face"], Key])[] = [["book", "aa.book"], ["sans", "aa.sans"]];
const URDU: readonly (readonly [Settings["urdu"], Key])[] = [["nastaliq", "aa.nastaliq"], ["naskh", "aa.naskh"]];

/** The panel; `redraw` is called after what isn't in the cell. */
export function textSettings(redraw: () => void): TemplateResult {
  const now = settings.value;
  const digits = kept("digits", "latn");
  return html`<div class="panel settings">
    <div class="row" role="group" aria-label=${t("aa.size")}><span>${t("aa.size")}</span>
      <button type="button" aria-label=${`A−: ${t("mg.smaller")}`} @click=${() => resize(-1)}>A−</button><output>${now.size} %</output>
      <button type="button" aria-label=${`A+: ${t("mg.bigger")}`} @click=${() => resize(1)}>A+</button></div>
    <label class="row"><span>${t("aa.line")}</span><input type="range" min="0" max=${LINES.length - 1} step="1" .value=${String(LINES.indexOf(now.line as 0))}
      @input=${(event: Event) => settings.update({ line: LINES[Number((event.target as HTMLInputElement).value)]! })}></label>
    ${choice("aa.width", "width", WIDTHS, now.width, (width) => settings.update({ width }))}
    ${choice("aa.face", "face", FACES, now.face, (face) => settings.update({ face }))}
    ${choice("aa.urdu", "urdu", URDU, now.urdu, (urdu) => settings.update({ urdu }))}
    ${wanted() || hasNastaliq() ? nothing : html`<button type="button" class="get-font" @click=${(event: Event) => void getFont(event, redraw)}>${t("aa.font")}</button>`}
    ${choice("aa.theme", "theme", THEMES.map((name) => [name, `aa.${name}` as Key] as const), theme(), (to) => (setTheme(to), redraw()))}
    ${spoken() === "ur" ? choice("aa.digits", "digits", [["latn", "aa.latn"], ["arabext", "aa.arabext"]] as const, digits, (to) => {
      keep("digits", to);
      void change();
    }) : nothing}
    <button type="button" class="quiet" lang=${other()} @click=${() => void change(other())}>${other() === "ur" ? "صفحہ اردو میں" : "Page in English"}</button>
  </div>`;
}

async function getFont(event: Event, redraw: () => void): Promise<void> {
  const row = (event.currentTarget as HTMLElement).closest(".settings")!;
  try {
    await fetchFont();
    announcer.say(t("aa.gotfont"));
    redraw();
    row.querySelector<HTMLElement>("[name='glossator-urdu']:checked")?.focus();
  } catch {
    announcer.say(t("st.server"), { now: true });
  }
}

function choice<Value extends string>(
  title: Key, name: string, values: readonly (readonly [Value, Key])[], chosen: string, act: (value: Value) => void,
): TemplateResult {
  return html`<fieldset class="row"><legend>${t(title)}</legend><div class="choices">${values.map(([value, key]) => html`<label>
    <input type="radio" name=${`glossator-${name}`} value=${value} .checked=${value === chosen} @change=${() => act(value)}><span>${t(key)}</span></label>`)}</div></fieldset>`;
}
