/** Small pieces that every section is made of. */
import { type Given, h, type PageNode } from "./node.ts";

export type Tone = "good" | "warn" | "bad" | "plain";

const SIGN: Readonly<Record<Tone, string>> = { good: "●", warn: "▲", bad: "✕", plain: "○" };

/** A word with a colour and a shape, for who does not see the colour. */
export const badge = (tone: Tone, word: string): PageNode =>
  h(
    "span",
    { class: `badge ${tone}` },
    h("span", { "aria-hidden": "true" }, SIGN[tone]),
    ` ${word}`,
  );

export const button = (label: string, click: () => void, spoken?: string): PageNode =>
  h("button", { type: "button", click, "aria-label": spoken, key: `button ${label}` }, label);

export const fact = (term: string, ...value: readonly Given[]): PageNode =>
  h("div", { class: "fact" }, h("dt", {}, term), h("dd", {}, ...value));

export const cell = (
  label: string,
  attributes: { class?: string },
  ...value: readonly Given[]
): PageNode => h("td", { ...attributes, "data-label": label }, h("div", {}, ...value));
