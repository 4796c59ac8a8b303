// Settings that are kept on this device: how the text looks, language, keys, what is spoken.

import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { number, spoken, t, type Language } from "../../foundation/strings.ts";
import { choose, chosen, LINES, SIZES, text, type Choices, type TextSettings } from "../preferences.ts";
import { change } from "../tongue.ts";
import { picks, section, select } from "./fields.ts";

type Pairs<Value extends string> = readonly (readonly [Value, string])[];

/** The four sections; `changed` renders the page anew. */
export function deviceSections(changed: () => void): TemplateResult {
  const speaking: Pairs<Choices["speak"]> = [["sentence", t("se.speak.sentence")], ["done", t("se.speak.done")], ["off", t("se.speak.off")]];
  return html`${reading(changed)}${language(changed)}${keyboard(changed)}
    ${section("announce", t("se.announce"), picks("speak", t("se.speak"), speaking, chosen("speak"), (value) => then(() => choose("speak", value), changed)))}`;
}

function then(act: () => void, changed: () => void): void {
  act();
  changed();
}

function reading(changed: () => void): TemplateResult {
  const now = text.value;
  const set = (changes: Partial<TextSettings>) => then(() => text.update(changes), changed);
  const themes: Pairs<Choices["theme"]> = [["auto", t("aa.auto")], ["light", t("aa.light")], ["sepia", t("aa.sepia")], ["dark", t("aa.dark")]];
  const widths: Pairs<TextSettings["width"]> = [["narrow", t("se.narrow")], ["normal", t("se.normal")], ["wide", t("se.wide")]];
  const lines = ["se.close", "se.usual", "se.far", "se.farther"] as const;
  return section("reading", t("se.reading"), html`
    <p class="soft">${t("se.device")}</p>
    ${picks("theme", t("se.theme"), themes, chosen("theme"), (value) => then(() => choose("theme", value), changed))}
    ${select("size", t("aa.size"), SIZES.map((size) => [String(size), `${number(size)}\u00a0%`] as const), String(now.size), (value) => set({ size: Number(value) }))}
    ${select("line", t("aa.line"), LINES.map((line, n) => [String(line), t(lines[n]!)] as const), String(now.line), (value) => set({ line: Number(value) }))}
    ${picks("width", t("aa.width"), widths, now.width, (width) => set({ width }))}
    ${picks<TextSettings["face"]>("face", t("se.face"), [["book", t("se.face.book")], ["sans", t("se.face.sans")]], now.face, (face) => set({ face }))}
    ${picks<TextSettings["urdu"]>("urdu", t("se.urdu"), [["nastaliq", t("aa.nastaliq")], ["naskh", t("aa.naskh")]], now.urdu, (urdu) => set({ urdu }))}`);
}

function language(changed: () => void): TemplateResult {
  return section("language", t("se.language"), html`
    ${picks<Language>("tongue", t("au.language"), [["en", "English"], ["ur", "اردو"]], spoken(), (tongue) => void change(tongue).then(changed))}
    ${picks<Choices["digits"]>("digits", t("aa.digits"), [["latn", "123"], ["arabext", "۱۲۳"]], chosen("digits"), (value) => {
      choose("digits", value);
      void change().then(changed);
    })}`);
}

function keyboard(changed: () => void): TemplateResult {
  const toggle = () => then(() => choose("keys", !chosen("keys")), changed);
  return section("keyboard", t("se.keyboard"), html`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${live(chosen("keys"))} aria-describedby="keys-hint" @change=${toggle}>${t("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${t("se.keysnote")}</p>`);
}
