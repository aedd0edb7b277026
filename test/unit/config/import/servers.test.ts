/** real_server of keepalived: what it says beside its address. */
import { expect, test } from "vitest";
import { importTexts, instance } from "./read.ts";

test("a server says itself what becomes of it, whom it tells, and which body is right", () => {
  const md5 = "0B8AC4AE34bb70bbabf4bf5ddbfeb80b";
  const real = (...lines: readonly string[]): string =>
    ["real_server 10.0.0.1 80 {", ...lines, "}"]
      .join("\n")
      .replace("0.1 80", `0.${lines.length} 80`);
  const text = [
    "global_defs {\nscript_user nobody\nnotify_fifo /run/all\nnotify_fifo_script '/bin/cat -u' root\n}",
    instance(),
    "virtual_server 192.168.60.100 80 {\nprotocol TCP\nlb_kind NAT",
    real("inhibit_on_failure", "notify_down /usr/bin/true web adm"),
    real("notify_up /usr/bin/true", "HTTP_GET {", `url {\npath /\ndigest ${md5}\n}`, "}"),
    "}",
  ].join("\n");
  const { config, of } = importTexts({ "a.conf": text });
  expect(config.services[0]?.own).toEqual([
    { onFailure: "weight0", notify: { up: [], down: ["/usr/bin/true"], user: "web:adm" } },
    { onFailure: undefined, notify: { up: ["/usr/bin/true"], down: [], user: "nobody" } },
  ]);
  expect(config.probes[0]?.action).toMatchObject({
    match: { kind: "digest", text: md5.toLowerCase() },
  });
  expect(of("digest")?.verdict).toBe("taken");
  expect(config).toMatchObject({
    notifyFifo: "/run/all",
    notifyFifoScript: { command: ["/bin/cat", "-u"], user: undefined },
    serviceFifo: "/run/all",
    serviceFifoScript: undefined,
  });
});

test.each([
  ["DR", "taken", { address: "127.0.0.1", port: 80, forward: "dr" }],
  ["TUN", "taken", { address: "127.0.0.1", port: 80, forward: "tunnel" }],
  ["NAT", "changed", { address: "127.0.0.1", port: 80, forward: "dr" }],
])("a sorry server that is this director: %s", (kind, verdict, fallback) => {
  const head = `virtual_server 192.168.60.100 80 {\nprotocol TCP\nlb_kind ${kind}`;
  const { config, of } = importTexts({
    "a.conf": `${instance("priority 150")}${head}\nsorry_server 127.0.0.1 8080\n}\n`,
  });
  expect(config.services[0]?.fallback).toMatchObject([fallback]);
  expect(of("127.0.0.1")?.verdict).toBe(verdict);
});

test("a list of fallbacks that lost all of them goes as well", () => {
  const head = "virtual_server 192.168.60.100 80 {\nprotocol TCP\nsorry_server 0.0.0.0 80\n}\n";
  const { yaml, of } = importTexts({ "a.conf": `${instance("priority 150")}${head}` });
  expect(yaml).not.toContain("fallback");
  expect(of("0.0.0.0")).toMatchObject({ verdict: "dropped", matters: true });
});
