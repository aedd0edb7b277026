/** Brings the document to what it should look like; what is as it should be is not touched. */
import type { Child, PageNode } from "./node.ts";

const SVG = "http://www.w3.org/2000/svg";
const drawn = new WeakMap<Element, PageNode>();

export function patch(parent: Element, children: readonly Child[]): void {
  const keyed = new Map<string, Element>();
  for (const element of parent.children) {
    const key = drawn.get(element)?.key;
    if (key !== undefined) keyed.set(key, element);
  }
  let at: ChildNode | null = parent.firstChild;
  for (const child of children) {
    const fit = fitting(child, at, keyed);
    const node = fit ?? made(child, parent);
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
    if (typeof child === "string") {
      if (node.nodeValue !== child) node.nodeValue = child;
    } else draw(node as Element, child);
  }
  while (at !== null) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** The node that already stands for it. */
function fitting(
  child: Child,
  at: ChildNode | null,
  keyed: ReadonlyMap<string, Element>,
): ChildNode | undefined {
  if (typeof child === "string") return at instanceof Text ? at : undefined;
  if (child.key !== undefined) {
    const element = keyed.get(child.key);
    return element && drawn.get(element)?.tag === child.tag ? element : undefined;
  }
  const before = at instanceof Element ? drawn.get(at) : undefined;
  return before && before.key === undefined && before.tag === child.tag && at ? at : undefined;
}

function made(child: Child, parent: Element): ChildNode {
  if (typeof child === "string") return document.createTextNode(child);
  const inside =
    child.tag === "svg" || (parent.namespaceURI === SVG && parent.tagName !== "foreignObject");
  const element = inside
    ? document.createElementNS(SVG, child.tag)
    : document.createElement(child.tag);
  element.addEventListener("click", () => drawn.get(element)?.click?.());
  return element;
}

/** How a `details` begins; then it is the reader's. */
const ONCE = "open";

function draw(element: Element, node: PageNode): void {
  const before = drawn.get(element);
  drawn.set(element, node);
  for (const name of Object.keys(before?.attributes ?? {})) {
    if (!(name in node.attributes) && name !== ONCE) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(node.attributes)) {
    if (before && name === ONCE) continue;
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  patch(element, node.children);
}
