// Settings that are kept on this device: how the text looks, language, keys, what is spoken.

import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { number, spoken, t, type Language } from "../../foundation/strings.ts";
import { preference, SIZES, type Preference, type Preferences } from "../preferences.ts";
import { changeTongue } from "../tongue.ts";
import { picks, section, select } from "./fields.ts";

const LINES: readonly number[] = [0, 1.4, 1.6, 1.8, 2, 2.4, 2.8];

function chosen<Name extends Preference>(name: Name, label: string, values: readonly (readonly [Preferences[Name] & string, string])[], changed: () => void): TemplateResult {
  const cell = preference(name);
  return picks(name, label, values, cell.value as Preferences[Name] & string, (value) => {
    cell.value = value;
    if (name === "theme") dispatchEvent(new Event("glossator-theme"));
    changed();
  });
}

/** The four sections; `changed` renders the page anew. */
export function deviceSections(changed: () => void): TemplateResult {
  return html`${reading(changed)}${language(changed)}${keyboard(changed)}
    ${section("announce", t("se.announce"), chosen("speak", t("se.speak"), [["sentence", t("se.speak.sentence")], ["done", t("se.speak.done")], ["off", t("se.speak.off")]], changed))}`;
}

function reading(changed: () => void): TemplateResult {
  const size = preference("size");
  const line = preference("line");
  return section("reading", t("se.reading"), html`
    <p class="soft">${t("se.device")}</p>
    ${chosen("theme", t("se.theme"), [["auto", t("aa.auto")], ["light", t("aa.light")], ["sepia", t("aa.sepia")], ["dark", t("aa.dark")]], changed)}
    ${select("size", t("aa.size"), SIZES.map((each) => [String(each), `${number(each)} %`] as const), String(size.value), (value) => (size.value = Number(value)))}
    ${select("line", t("aa.line"), LINES.map((each) => [String(each), each === 0 ? t("se.auto") : number(each)] as const), String(line.value), (value) => (line.value = Number(value)))}
    ${chosen("width", t("aa.width"), [["narrow", t("se.narrow")], ["normal", t("se.normal")], ["wide", t("se.wide")]], changed)}
    ${chosen("face", t("se.face"), [["book", t("se.face.book")], ["sans", t("se.face.sans")], ["plain", t("se.face.plain")]], changed)}
    ${chosen("urdu", t("se.urdu"), [["nastaliq", t("aa.nastaliq")], ["naskh", t("aa.naskh")]], changed)}`);
}

function language(changed: () => void): TemplateResult {
  const digits = preference("digits");
  return section("language", t("se.language"), html`
    ${picks<Language>("tongue", t("au.language"), [["en", "English"], ["ur", "اردو"]], spoken(), (tongue) => void changeTongue(tongue).then(changed))}
    ${picks<Preferences["digits"]>("digits", t("aa.digits"), [["latn", "123"], ["arabext", "۱۲۳"]], digits.value, (value) => {
      digits.value = value;
      void changeTongue(spoken()).then(changed);
    })}`);
}

function keyboard(changed: () => void): TemplateResult {
  const keys = preference("keys");
  const toggle = () => {
    keys.value = !keys.value;
    changed();
  };
  return section("keyboard", t("se.keyboard"), html`
    <p><label class="tick"><input type="checkbox" role="switch" .checked=${live(keys.value)} aria-describedby="keys-hint" @change=${toggle}>${t("se.keys")}</label></p>
    <p class="soft" id="keys-hint">${t("se.keysnote")}</p>`);
}
