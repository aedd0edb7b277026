/** How a page looks to whoever reads it: what sticks out, what is too faint, where Tab leads. */
import type { Page } from "playwright-core";

/** What reaches beyond its own box, or beyond the right edge: there it covers something else. */
export const sticksOut = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    // A box of no width is inline, or there for the ear alone.
    const overflows = (element: Element): boolean =>
      element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
    return [...document.querySelectorAll("body, body *")]
      .filter((element) => element.checkVisibility())
      .filter((element) => element.closest(".unseen, caption, thead, svg") === null)
      .filter((one) => overflows(one) || one.getBoundingClientRect().right > width + 1)
      .map((one) => `${one.tagName}.${one.getAttribute("class") ?? ""}: ${one.textContent}`);
  });

/** Texts whose contrast with what is behind them is below 4.5, as WCAG 2 counts it. */
export const tooFaint = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const LEAST = 4.5;
    const numbers = (colour: string): readonly number[] =>
      (colour.match(/[\d.]+/g) ?? []).map(Number);
    const light = (colour: string): number => {
      const [red = 0, green = 0, blue = 0] = numbers(colour).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element | null): string => {
      if (!element) return getComputedStyle(document.documentElement).backgroundColor;
      const colour = getComputedStyle(element).backgroundColor;
      return numbers(colour)[3] === 0 ? behind(element.parentElement) : colour;
    };
    const ownText = (element: Element): string =>
      [...element.childNodes]
        .filter((node) => node instanceof Text)
        .map((node) => node.textContent?.trim())
        .join("");
    return [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => ownText(element) !== "" && element.checkVisibility())
      .flatMap((element) => {
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return contrast < LEAST ? [`${contrast.toFixed(1)}: ${ownText(element)}`] : [];
      });
  });

/** What Tab leads to, by its name, from the top of the page to its end. */
export async function tabStops(page: Page): Promise<readonly string[]> {
  const stops: string[] = [];
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    getSelection()?.removeAllRanges();
  });
  for (let i = 0; i < MAX_STOPS; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const found = document.activeElement;
      if (!found || found === document.body) return undefined;
      const outlined = getComputedStyle(found).outlineStyle !== "none";
      const name = found.getAttribute("aria-label") ?? found.textContent?.trim() ?? "";
      return `${outlined ? "" : "not outlined: "}${name}`;
    });
    if (stop === undefined || stop === stops[0]) break;
    stops.push(stop);
  }
  return stops;
}

const MAX_STOPS = 60;
