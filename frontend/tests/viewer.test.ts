import { describe, expect, test } from "vitest";
import { copied, layer, stretch } from "../src/app/viewer/layer.ts";
import { drawn } from "../src/app/viewer/pictures.ts";
import { step } from "../src/app/viewer/wishes.ts";
import type { Line } from "../src/app/viewer/types.ts";

const LINES: readonly Line[] = [
  [["The", 0.1, 0.2, 0.05, 0.02], ["gripper", 0.16, 0.2, 0.1, 0.02]],
  [["<img", 0.1, 0.24, 0.05, 0.02], ["src=x>", 0.16, 0.24, 0.1, 0.02]],
];

describe("the words over a page", () => {
  test("are stretched to the width they have on it, at every zoom", () => {
    const shape = 595 / 842;
    // Half as wide as high for each letter: seven letters of 2 % of the page's height.
    const factor = stretch(LINES[0]![1]!, shape, (text) => text.length / 2);
    const natural = (7 / 2) * 0.02 * 842;
    expect(natural * factor).toBeCloseTo(0.1 * 595, 5);
    expect(stretch(["", 0, 0, 0, 0], shape, () => 0)).toBe(1);
  });

  test("are text, whatever they say", () => {
    const root = layer(LINES, 0.7);
    expect(root.querySelectorAll("img").length).toBe(0);
    expect(root.textContent).toBe("The gripper\n<img src=x>\n");
    const word = root.querySelector<HTMLElement>(".pdf-line > span")!;
    expect([word.style.left, word.style.top]).toEqual(["10%", "20%"]);
  });

  test("are copied as lines of words", () => {
    const root = layer(LINES, 0.7);
    document.body.append(root);
    const range = document.createRange();
    range.selectNodeContents(root);
    expect(copied(range)).toBe("The gripper\n<img src=x>");
    root.remove();
  });
});

test("pictures come in a few widths, the next one from what is needed", () => {
  expect([1, 160, 161, 1000, 2560, 9000].map(drawn)).toEqual([160, 160, 320, 1280, 2560, 2560]);
});

test("zoom goes by steps and ends", () => {
  expect([step(100, 1), step(103, -1), step(400, 1), step(25, -1)]).toEqual([125, 100, null, null]);
});
