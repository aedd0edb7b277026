/** A real Chromium on a host of a test network, and what it complains of. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** As Debian has it; nothing is downloaded. */
const CHROMIUM = process.env["BATON_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
/** A machine that does other things as well. */
const PATIENCE_MS = 30_000;

export interface Window {
  readonly page: Page;
  /** What the page loaded or asked, by address. */
  readonly requests: readonly string[];
  /** Scripts' errors, and what the policy of the page's own answer refused. */
  readonly complaints: readonly string[];
  /** Kept where BATON_TEST_PICTURES names a folder, for whoever wants to look. */
  readonly picture: (name: string) => Promise<void>;
}

/**
 * In the network namespace that this process has entered. The origins count as secure, as they
 * would behind a proxy with TLS or at the end of a tunnel.
 */
export function startBrowser(origins: readonly string[]): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: \`npm run setup\``);
  const secure = `--unsafely-treat-insecure-origin-as-secure=${origins.join(",")}`;
  const args = ["--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", secure];
  return chromium.launch({ executablePath: CHROMIUM, args, timeout: PATIENCE_MS });
}

/** Told of each refusal before anything of the page runs. */
const TELL_VIOLATIONS =
  "addEventListener('securitypolicyviolation', (e) => " +
  "console.error(`violates ${e.violatedDirective}: ${e.blockedURI} ${e.sample}`))";
/** A director that does not answer is no mistake of the page's. */
const UNANSWERED = /^Failed to load resource: net::ERR_/;
/** Of a command that is refused; the page tells the reader. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4/;

export async function openWindow(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(TELL_VIOLATIONS);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => void requests.push(request.url()));
  page.on("pageerror", (error) => void complaints.push(`${error}`));
  page.on("console", (message) => {
    const text = message.text();
    const kind = message.type();
    if (kind !== "error" && kind !== "warning") return;
    if (!UNANSWERED.test(text) && !REFUSED.test(text)) complaints.push(text);
  });
  await page.goto(url);
  const folder = process.env["BATON_TEST_PICTURES"];
  return {
    page,
    requests,
    complaints,
    picture: async (name) => {
      if (folder === undefined) return;
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    },
  };
}
