/** The web page of two real directors, in a real browser on the client's host. */
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Cluster, createCluster, type DirectorName } from "../netns/daemon/cluster.ts";
import { OCTET, VIP } from "../netns/harness.ts";
import { enterNamespace } from "../support/enter.ts";
import { sticksOut, tabStops, tooFaint } from "./looks.ts";
import { openWindow, startBrowser, type Window } from "./window.ts";

const TOKEN = "a-token-for-tests-only";
const PORT = 9102;
const SERVERS = ["192.168.60.10:8080", "192.168.60.10:8081"] as const;
/** Nowhere to break it. */
const LONG_NAME = "a_name_that_somebody_gave_to_a_service_because_he_could";
const WIDE = { width: 1280, height: 900 };
/** Only a page that never gets there fails. */
const SOON = { timeout: 25_000, interval: 50 };

const originOf = (name: DirectorName): string => `http://192.168.60.${OCTET[name]}:${PORT}`;

let pair: Cluster;
let browser: Browser;
const servers: Server[] = [];
const windows: Record<"lb1" | "lb2", Window> = {} as Record<"lb1" | "lb2", Window>;

beforeAll(async () => {
  pair = await createCluster({ table: "memory" });
  const tokenFile = pair.segment.root("lb1").replace(/lb1$/, "page.token");
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const http = {
    listen: `tcp ${VIP}:80`,
    forward: "nat",
    servers: SERVERS,
    check: { type: "tcp", interval: "500ms", rise: 1 },
  };
  const other = { ...http, listen: `tcp ${VIP}:81` };
  const services = { http, [LONG_NAME]: other };
  pair.configure({ page: { listen: `0.0.0.0:${PORT}`, tokenFile }, services });
  enterNamespace(pair.network.namespace("client"));
  for (const address of SERVERS) {
    servers.push(createServer((socket) => socket.end()).listen(Number(address.split(":")[1])));
  }
  const origins = [originOf("lb1"), originOf("lb2")];
  [browser] = await Promise.all([startBrowser(origins), pair.startWith("lb1")]);
  for (const name of ["lb1", "lb2"] as const) {
    windows[name] = await openWindow(browser, originOf(name), { viewport: WIDE });
  }
});
afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.close();
  await pair?.close();
});

/** Another try begins where the first one did. */
beforeEach(async ({ task }) => {
  if ((task.result?.retryCount ?? 0) === 0) return;
  for (const name of pair.names) {
    pair.daemon(name).running.kill("SIGCONT");
    if (!(await pair.daemon(name).tryStatus())) await pair.start(name);
  }
  if ((await pair.settled()) !== "lb1") {
    await pair.daemon("lb1").resume();
    await pair.daemon("lb2").failover();
  }
  await pair.daemon("lb2").resume();
  await pair.settled("lb1");
  for (const [name] of both) await windows[name].page.reload();
});

const both = [
  ["lb1", "lb2"],
  ["lb2", "lb1"],
] as const;
const textOf = (page: Page, selector: string): Promise<string> =>
  page.locator(selector).first().innerText();
const director = (page: Page, name: string): Promise<string> =>
  textOf(page, `#instances .director[aria-label^="${name}"]`);

test.each(both)("%s shows both directors, the VIP and the servers", async (name, other) => {
  const { page, picture } = windows[name];
  await expect.poll(() => director(page, "lb1"), SOON).toContain("master");
  await expect.poll(() => director(page, "lb2"), SOON).toContain("backup");
  expect(await director(page, name)).toContain("this director");
  expect(await director(page, other)).not.toContain("this director");
  expect(await textOf(page, "#instances .vips")).toContain(VIP);
  await expect.poll(() => textOf(page, "#services"), SOON).toContain("2 of 2 serve");
  for (const server of SERVERS) expect(await textOf(page, "#services")).toContain(server);
  await expect.poll(() => textOf(page, "#timeline"), SOON).toMatch(/http 192\S+: checking → up/);
  expect(await page.title()).toMatch(name === "lb1" ? /^lb1, web master/ : /^lb2, web backup/);
  expect(await textOf(page, "#head")).toContain("live");
  await picture(name);
});

test.each(both)("%s loads nothing from elsewhere, and breaks no rule of its own", async (name) => {
  const { requests, complaints } = windows[name];
  const paths = ["/", "/page.css", "/page.js", "/v1/events"].map((path) => originOf(name) + path);
  expect(requests).toEqual(expect.arrayContaining(paths));
  expect(requests.filter((url) => !url.startsWith(`${originOf(name)}/`))).toEqual([]);
  expect(complaints).toEqual([]);
});

test("what breaks a rule is told to the console, and so to this test", async () => {
  const { page, complaints } = await openWindow(browser, originOf("lb1"));
  await page.evaluate((url) => void fetch(url).catch(() => undefined), originOf("lb2"));
  await expect.poll(() => complaints.join(), SOON).toContain("connect-src");
  await page.close();
});

test.each(["dark", "light"] as const)(
  "it fits a phone and a tablet, and can be read: %s",
  async (scheme) => {
    const options = { isMobile: true, hasTouch: true, colorScheme: scheme };
    const { page, picture } = await openWindow(browser, originOf("lb1"), options);
    await expect.poll(() => textOf(page, "#services"), SOON).toContain("2 of 2 serve");
    for (const width of [800, 1000, 360]) {
      await page.setViewportSize({ width, height: 740 });
      await picture(`${width}-${scheme}`);
      expect(await sticksOut(page)).toEqual([]);
    }
    expect(await tooFaint(page)).toEqual([]);
    await page.getByRole("button", { name: "Drain 192.168.60.10:8080 of http", exact: true }).tap();
    await page.getByRole("dialog").getByLabel("Token").waitFor();
    expect(await sticksOut(page)).toEqual([]);
    expect(await tooFaint(page)).toEqual([]);
    await picture(`360-${scheme}-dialog`);
    await page.close();
  },
);

test("Tab leads to all that can be done, and Escape back to where it began", async () => {
  const { page } = windows.lb1;
  const stops = await tabStops(page);
  const [first = "", ...rest] = stops;
  expect(first).toBe("To the directors");
  const buttons = ["http", LONG_NAME].flatMap((service) =>
    SERVERS.flatMap((one) => [`Drain ${one} of ${service}`, `Disable ${one} of ${service}`]),
  );
  expect(rest.filter((stop) => !stop.includes("serve"))).toEqual([
    "Hand web over",
    "Rehearse a handover of web",
    ...buttons,
  ]);
  expect(stops.join()).not.toContain("not outlined");
  const button = page.getByRole("button", { name: "Hand web over" });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("dialog").isVisible(), SOON).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").isVisible(), SOON).toBe(false);
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("a command is refused without the token, and carried out with it", async () => {
  const { page, picture } = windows.lb1;
  const bare = await page.evaluate(async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/v1/failover", { method: "POST", headers, body: "{}" });
    return [answer.status, await answer.text()];
  });
  expect(bare).toEqual([401, expect.stringContaining("a command needs the token")]);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Hand web over" }).click();
  for (const wrong of ["a-token-of-somebody-else", "schlüssel"]) {
    await dialog.getByLabel("Token").fill(wrong);
    await page.keyboard.press("Enter");
    await expect.poll(() => dialog.innerText(), SOON).toContain("that is not the token");
  }
  await picture("lb1-refused");
  expect(await director(page, "lb1")).toContain("master");
  await dialog.getByLabel("Token").fill(TOKEN);
  await page.keyboard.press("Enter");
  await expect.poll(() => textOf(page, "#told"), SOON).toContain("lb2 has taken over");
  await expect.poll(() => director(page, "lb1"), SOON).toContain("Stays away");
  await picture("lb1-handed-over");
  // It is asked for once.
  const command = async (name: string): Promise<void> => {
    await page.getByRole("button", { name }).click();
    expect(await dialog.getByLabel("Token").isVisible()).toBe(false);
    await dialog.getByRole("button", { name: "Do it" }).click();
    await expect.poll(() => dialog.isVisible(), SOON).toBe(false);
  };
  await command("Let lb1 stand for web again");
  await expect.poll(() => director(page, "lb1"), SOON).not.toContain("Stays away");
  await command("Let lb1 take web over");
  await expect.poll(() => director(page, "lb1"), SOON).toContain("master");
});

test("a server that is drained on one page is drained on both", async () => {
  const { page, picture } = windows.lb1;
  await page.getByRole("button", { name: "Drain 192.168.60.10:8080 of http", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("a new disk");
  if (await dialog.getByLabel("Token").isVisible()) await dialog.getByLabel("Token").fill(TOKEN);
  await page.keyboard.press("Enter");
  for (const [name] of both) {
    await expect.poll(() => textOf(windows[name].page, "#services"), SOON).toContain("a new disk");
  }
  await expect.poll(() => textOf(page, "#services"), SOON).toContain("1 of 2 serve");
  await picture("lb1-drained");
  await page
    .getByRole("button", { name: "Enable 192.168.60.10:8080 of http", exact: true })
    .click();
  await dialog.getByRole("button", { name: "Do it" }).click();
  for (const [name] of both) {
    const services = (): Promise<string> => textOf(windows[name].page, "#services");
    await expect.poll(services, SOON).not.toContain("a new disk");
  }
});

test("a drill is told while it runs, and reported when it is over", async () => {
  const { page, picture } = windows.lb1;
  await page.getByRole("button", { name: "Rehearse a handover of web" }).click();
  const dialog = page.getByRole("dialog");
  if (await dialog.getByLabel("Token").isVisible()) await dialog.getByLabel("Token").fill(TOKEN);
  // What is there for a second only may be gone before anybody asks.
  const passing = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const told = document.getElementById("told");
        const look = (): void => {
          if (told?.textContent?.includes("is under way")) resolve(told.textContent);
        };
        const all = { childList: true, characterData: true, subtree: true };
        if (told) new MutationObserver(look).observe(told, all);
      }),
  );
  await dialog.getByRole("button", { name: "Do it" }).click();
  expect(await passing).toContain("The drill of web is under way");
  await expect.poll(() => textOf(page, "#told"), SOON).toMatch(/^(passed|failed): /m);
  await picture("lb1-drilled");
  const told = await textOf(page, "#told");
  expect(told).toMatch(/there: lb1 to lb2 {2}took /);
  expect(told).toMatch(/back: lb2 to lb1 {2}took /);
  await expect.poll(() => director(page, "lb1"), SOON).toContain("master");
  expect(await director(page, "lb1")).not.toContain("Stays away");
  await page.getByRole("button", { name: "Dismiss" }).click();
  expect(await page.locator("#told").isVisible()).toBe(false);
});

test("a handover is seen on both pages, as it happens and without loading them anew", async () => {
  const loads = (): number =>
    both.flatMap(([name]) => windows[name].requests.filter((url) => url.endsWith("/page.js")))
      .length;
  const before = loads();
  await windows.lb1.page.getByRole("button", { name: "Hand web over" }).focus();
  expect(await pair.daemon("lb1").failover()).toMatchObject({ done: true });
  for (const [name] of both) {
    const { page } = windows[name];
    await expect.poll(() => director(page, "lb1"), SOON).toContain("backup");
    await expect.poll(() => director(page, "lb2"), SOON).toContain("master");
    await expect.poll(() => textOf(page, "#instances .who"), SOON).toContain("lb2 serves");
    await expect.poll(() => page.locator("#said").textContent(), SOON).toContain("lb2 serves");
  }
  await expect.poll(() => textOf(windows.lb2.page, "#timeline"), SOON).toContain("→ master");
  expect(await textOf(windows.lb1.page, "#instances")).toContain("Stays away");
  // Each page tells what the other director saw as well.
  const told = (): Promise<string> => textOf(windows.lb1.page, "#timeline");
  await expect.poll(told, SOON).toMatch(/lb2\s+web: backup → master: lb1 handed over/);
  await expect.poll(told, SOON).toMatch(/lb1\s+web: leaving → backup/);
  expect(loads()).toBe(before);
  await windows.lb1.picture("lb1-after");
});

test("a director that hangs, or is gone, makes its page stale until it is back", async () => {
  const stale = (name: "lb1" | "lb2"): Promise<string> =>
    windows[name].page.locator("#stale").innerText();
  pair.daemon("lb2").running.kill("SIGSTOP");
  await pair.daemon("lb1").crash();
  for (const [name] of both) {
    await expect.poll(() => stale(name), SOON).toContain("What stands here is old");
    expect(await windows[name].page.title()).toMatch(/^\(stale\) /);
  }
  await windows.lb1.picture("lb1-stale");
  pair.daemon("lb2").running.kill("SIGCONT");
  await pair.start("lb1");
  for (const [name] of both) {
    await expect.poll(() => stale(name), SOON).toBe("");
    await expect.poll(() => textOf(windows[name].page, "#head"), SOON).toContain("live");
  }
  await pair.settled();
  for (const [name] of both) expect(windows[name].complaints).toEqual([]);
});
