/** What the page should look like, as plain values: elements, attributes, children. */

export type Child = PageNode | string;

export interface PageNode {
  readonly tag: string;
  /** Tells siblings apart, so that each keeps its element, and with it the focus. */
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly click: (() => void) | undefined;
  readonly children: readonly Child[];
}

export interface Attributes {
  readonly key?: string | undefined;
  readonly click?: (() => void) | undefined;
  /** `true` is an attribute without a value; what is false or undefined is not there. */
  readonly [attribute: string]: string | number | boolean | undefined | (() => void);
}

export type Given = Child | false | undefined | readonly Given[];

/** What is false, undefined or "" is left out. */
export function h(tag: string, attributes: Attributes, ...children: readonly Given[]): PageNode {
  const { key, click, ...rest } = attributes;
  const given = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined || value === false || typeof value === "function"
      ? []
      : [[name, value === true ? "" : String(value)] as const],
  );
  return { tag, key, click, attributes: Object.fromEntries(given), children: flat(children) };
}

const flat = (given: readonly Given[]): readonly Child[] =>
  given.flatMap((one): readonly Child[] => {
    if (one === undefined || one === false || one === "") return [];
    return Array.isArray(one) ? flat(one as readonly Given[]) : [one as Child];
  });

/** What somebody reads of it, for tests and for what is said aloud. */
export const textOf = (node: Child): string =>
  typeof node === "string" ? node : node.children.map(textOf).join(" ");
