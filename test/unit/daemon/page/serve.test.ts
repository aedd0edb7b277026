/** What the page answers to whom: names, origins, tokens, limits. */

import { chmodSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { PageView } from "../../../../src/control/api.ts";
import { type Asked, ask, type Opened, openPage, TOKEN, tokenFile } from "../../../support/page.ts";
import { SNAPSHOT } from "../../../support/snapshot.ts";

let opened: Opened;
afterEach(() => opened.close());

const command = (more: Asked = {}): Asked => ({
  method: "POST",
  path: "/v1/failover",
  body: "{}",
  ...more,
  headers: {
    "content-type": "application/json",
    authorization: `Bearer ${TOKEN}`,
    ...more.headers,
  },
});

describe("what is shown", () => {
  test("its files and a view, with nothing from elsewhere", async () => {
    opened = await openPage();
    const page = await ask(opened.port, { path: "/" });
    expect([page.status, page.text]).toEqual([200, "page.html"]);
    expect(page.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self';/,
    );
    expect(page.headers["content-security-policy"]).not.toContain("unsafe");
    expect(page.headers["x-frame-options"]).toBe("DENY");
    expect(page.headers["access-control-allow-origin"]).toBeUndefined();
    expect((await ask(opened.port, { path: "/page.js?1" })).text).toBe("page.js");
    const view = JSON.parse((await ask(opened.port, { path: "/v1/view" })).text) as PageView;
    expect(view).toEqual({
      nextMs: 5000,
      commands: false,
      peers: [],
      snapshot: JSON.parse(JSON.stringify(SNAPSHOT)),
    });
  });

  test.each(["/v1/status", "/v1/reload", "/../page.html", "/constructor", "/v1/push"])(
    "there is no %s",
    async (path) => {
      opened = await openPage({ tokenFile: tokenFile() });
      expect((await ask(opened.port, { path })).status).toBe(404);
      const posted = await ask(opened.port, command({ path }));
      expect([404, 405]).toContain(posted.status);
      expect(opened.commands).toEqual([]);
    },
  );
});

describe("names", () => {
  test.each(["localhost:1", "127.0.0.1", "[::1]:80", "10.1.2.3:80", "LB.example.net:443"])(
    "%s is known",
    async (host) => {
      opened = await openPage({ names: ["lb.example.net"] });
      expect((await ask(opened.port, { path: "/v1/view", headers: { host } })).status).toBe(200);
    },
  );

  test.each(["evil.example", "lb.example.net.evil.example", "localhost.evil:80", "127.0.0.1.evil"])(
    "%j is a stranger's",
    async (host) => {
      opened = await openPage({ names: ["lb.example.net"], tokenFile: tokenFile() });
      for (const path of ["/", "/v1/view", "/v1/events"]) {
        expect((await ask(opened.port, { path, headers: { host } })).status).toBe(421);
      }
      expect((await ask(opened.port, command({ headers: { host } }))).status).toBe(421);
      expect(opened.commands).toEqual([]);
    },
  );
});

describe("commands", () => {
  test("with the token each is carried out, and logged", async () => {
    opened = await openPage({ tokenFile: tokenFile() });
    const told = await ask(opened.port, command({ body: '{"instance":"web"}' }));
    expect(JSON.parse(told.text)).toEqual({ done: true, sentence: "done so" });
    const server = '{"server":"10.0.0.1:80","action":"drain","who":"page"}';
    expect((await ask(opened.port, command({ path: "/v1/server", body: server }))).status).toBe(
      200,
    );
    const drill = await ask(
      opened.port,
      command({ path: "/v1/drill", body: '{"instance":"web"}' }),
    );
    expect([drill.status, drill.headers["connection"]]).toEqual([200, "close"]);
    expect(opened.commands).toMatchObject([
      { instance: "web", holdMs: 600_000 },
      { server: "10.0.0.1:80", action: "drain" },
      { instance: "web" },
    ]);
    expect(opened.said).toContain("page: failover: done so");
    const token = await ask(opened.port, command({ path: "/v1/token" }));
    expect(JSON.parse(token.text)).toEqual({ done: true, sentence: "the token is right" });
  });

  const origin = "http://evil.example";
  const REFUSED: readonly (readonly [string, Asked, number])[] = [
    ["no token", { headers: { authorization: "" } }, 401],
    ["another token", { headers: { authorization: `Bearer ${TOKEN}x` } }, 401],
    ["the token in a cookie", { headers: { authorization: "", cookie: `token=${TOKEN}` } }, 401],
    ["another site's page", { headers: { origin } }, 403],
    ["a page without an origin", { headers: { origin: "null" } }, 403],
    ["what the browser calls another site", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["a neighbour's page", { headers: { "sec-fetch-site": "same-site" } }, 403],
    ["a form", { headers: { "content-type": "text/plain" } }, 415],
    ["GET", { method: "GET" }, 405],
    ["no JSON", { body: "{" }, 400],
    ["an unknown key", { body: '{"instanze":"web"}' }, 400],
    ["a long body", { body: `{"instance":"${"x".repeat(20_000)}"}` }, 413],
  ];
  test.each(REFUSED)("%s is refused", async (_what, more, status) => {
    opened = await openPage({ tokenFile: tokenFile() });
    expect((await ask(opened.port, command(more))).status).toBe(status);
    expect(opened.commands).toEqual([]);
  });

  test("without a tokenFile it only shows", async () => {
    opened = await openPage();
    const told = await ask(opened.port, command());
    expect([told.status, told.text]).toEqual([403, expect.stringContaining("only shows")]);
  });

  test("the file is read each time; one that others may read is no token", async () => {
    const file = tokenFile();
    opened = await openPage({ tokenFile: file });
    writeFileSync(file, "another-token-for-tests\n");
    expect((await ask(opened.port, command())).status).toBe(401);
    chmodSync(file, 0o644);
    const headers = { authorization: "Bearer another-token-for-tests" };
    expect((await ask(opened.port, command({ headers }))).status).toBe(500);
    expect(opened.commands).toEqual([]);
  });

  test.each([
    ["short", 0o600],
    ["two words are no token", 0o600],
    [TOKEN, 0o640],
  ])("a file with %j of mode %o refuses the configuration", async (text, mode) => {
    opened = await openPage();
    const wish = { ...opened.wish, tokenFile: tokenFile(text, mode) };
    await expect(opened.page.listenOn(wish)).rejects.toMatchObject({ code: "BATON_SECRET" });
    expect((await ask(opened.port, { path: "/" })).status).toBe(200);
  });
});

/** Reads events by hand, as far as `take` goes. */
function listenTo(port: number): {
  next: () => Promise<PageView>;
  end: () => void;
  raw: () => string;
} {
  let text = "";
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.on("data", (part) => {
    text += part.toString("utf8");
  });
  socket.write("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const next = async (): Promise<PageView> => {
    await expect.poll(() => /data: .*\n\n/.test(text), { timeout: 5000 }).toBe(true);
    const [whole = "", data = ""] = /data: (.*)\n\n/.exec(text) ?? [];
    text = text.slice(text.indexOf(whole) + whole.length);
    return JSON.parse(data) as PageView;
  };
  return { next, end: () => socket.destroy(), raw: () => text };
}

describe("events", () => {
  test("a view at once, and another when a role moves", async () => {
    opened = await openPage();
    const listener = listenTo(opened.port);
    expect((await listener.next()).snapshot.director).toBe("lb1");
    opened.show({ ...SNAPSHOT, director: "lb9" });
    opened.happen({ kind: "transition" } as Parameters<Opened["happen"]>[0]);
    expect((await listener.next()).snapshot.director).toBe("lb9");
    listener.end();
  });

  test("so many may listen, and no more", async () => {
    opened = await openPage();
    const listeners = Array.from({ length: 16 }, () => listenTo(opened.port));
    for (const listener of listeners) await listener.next();
    const late = await ask(opened.port, { path: "/v1/events" });
    expect(late.status).toBe(503);
    expect((await ask(opened.port, { path: "/v1/view" })).status).toBe(200);
    listeners[0]?.end();
    const again = listenTo(opened.port);
    for (const listener of [...listeners, again]) listener.end();
  });
});
