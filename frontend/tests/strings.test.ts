import { beforeEach, expect, test } from "vitest";
import { directionOf, isolated, speak, t, type Phrases } from "../src/foundation/strings.ts";
import en from "../src/strings/en.json";
import ur from "../src/strings/ur.json";

beforeEach(() => speak("en", en as Phrases));

test("arguments are put into a phrase", () => {
  expect(t("ct.name", { n: 2, place: "Forces" })).toBe("Source 2: Forces");
});

test("one has a form of its own", () => {
  expect(t("an.ok", { n: 1 })).toBe("1 quote checked word for word");
  expect(t("an.ok", { n: 3 })).toBe("3 quotes checked word for word");
});

test("Urdu keeps Latin digits unless its own are chosen", () => {
  speak("ur", ur as Phrases);
  expect(t("rd.chapter", { n: 12 })).toBe("باب 12");
  speak("ur", ur as Phrases, "arabext");
  expect(t("rd.chapter", { n: 12 })).toBe("باب ۱۲");
});

test("languages know their direction", () => {
  expect(["en", "ur", "ur-PK", "fa", "urk"].map(directionOf)).toEqual(["ltr", "rtl", "rtl", "rtl", "ltr"]);
});

test("what is typed turns nothing but itself", () => {
  expect(isolated("a\u202eb")).toBe("\u2068ab\u2069");
  expect(isolated("\u2069\u2069x")).toBe("\u2068x\u2069");
});
