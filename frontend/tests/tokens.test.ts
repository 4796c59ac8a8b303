// Contrast of the colours, by the formula of WCAG 2.2: axe does not see every pair.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync("src/styles/tokens.css", "utf8");

function theme(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0]!;
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6})\b/g)].map(([, name, value]) => [name!, value!]));
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join("") : hex.slice(1);
  const [r, g, b] = [0, 2, 4].map((at) => {
    const value = parseInt(full.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}

const PAIRS: readonly (readonly [string, string, number])[] = [
  ["ink", "paper", 7], ["ink", "card", 7], ["ink", "mark", 4.5], ["ink", "mark-on", 4.5], ["soft", "paper", 4.5],
  ["soft", "sunk", 4.5], ["soft", "card", 4.5], ["accent", "paper", 4.5], ["accent", "card", 4.5], ["on-accent", "accent", 4.5],
  ["warn", "warn-bg", 4.5], ["bad", "bad-bg", 4.5], ["good", "good-bg", 4.5], ["good", "paper", 4.5],
  ["edge", "paper", 3], ["edge", "card", 3], ["focus", "paper", 3], ["mark-line", "paper", 3],
];

test.each([":root", ':root[data-theme="sepia"]', ':root[data-theme="dark"]'])("colours of %s can be told apart", (selector) => {
  const colours = { ...theme(":root"), ...theme(selector) };
  for (const [one, other, least] of PAIRS) {
    expect(contrast(colours[one]!, colours[other]!), `${one} on ${other}`).toBeGreaterThanOrEqual(least);
  }
});
