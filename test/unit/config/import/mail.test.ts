/** Mail alerts of keepalived and ldirectord: who asked for them, and what became of that. */
import { describe, expect, test } from "vitest";
import { importTexts, instance, type Result } from "./read.ts";

const block = (head: string, ...lines: readonly string[]): string =>
  [`${head} {`, ...lines, "}", ""].join("\n");

const TO = ["notification_email {", "ops@example.net", "Night <night@example.net>", "}"];
const SERVER = "smtp_server 192.168.60.25 2525";
const service = (port: number, ...lines: readonly string[]): string =>
  block(`virtual_server 192.168.60.100 ${port}`, "protocol TCP", ...lines);

describe("keepalived", () => {
  const imported = (globals: readonly string[], ...rest: readonly string[]): Result =>
    importTexts({ "a.conf": [block("global_defs", ...globals), ...rest].join("\n") });

  test("what asks for mail gets it, from whom and by whom as there", () => {
    const { config, of } = imported(
      [...TO, SERVER, "notification_email_from lb@example.net", "smtp_helo_name lb1", "smtp_alert"],
      instance(),
    );
    expect(config.alerts).toMatchObject([
      {
        name: "mail",
        sink: {
          kind: "mail",
          host: "192.168.60.25",
          port: 2525,
          over: "tcp",
          from: "lb@example.net",
          to: ["ops@example.net", "night@example.net"],
          hello: "lb1",
        },
        events: ["instance"],
        instances: undefined,
      },
    ]);
    expect(of("smtp_alert")).toMatchObject({ verdict: "taken", matters: false });
    expect(of("smtp_server")?.reasons.join()).toContain("TLS");
  });

  test("only those that ask, where not all do", () => {
    const { config, of } = imported(
      [...TO, SERVER],
      instance("smtp_alert"),
      instance("virtual_router_id 52").replace("instance web", "instance other"),
      service(80, "smtp_alert"),
      service(81, "real_server 10.0.0.1 81 {", "smtp_alert on", "}"),
      service(82, "smtp_alert off"),
      service(83),
    );
    expect(config.alerts).toMatchObject([
      {
        events: ["instance", "server", "quorum"],
        instances: ["web"],
        services: ["tcp-192.168.60.100-80", "tcp-192.168.60.100-81"],
        by: "each",
      },
    ]);
    expect(of("smtp_alert on")).toMatchObject({ verdict: "changed" });
  });

  test.each([
    ["there is no server", [...TO, "smtp_alert"]],
    ["there is nobody to tell", [SERVER, "smtp_alert"]],
    ["nobody asks", [...TO, SERVER, "smtp_alert off"]],
  ])("no mail where %s, and nothing is missing then", (_, globals) => {
    const { config, lines } = imported(globals, instance());
    expect(config.alerts).toEqual([]);
    const ofMail = lines.filter(({ origin }) => /smtp|@|email/.test(origin.text));
    expect(ofMail.map(({ verdict, matters }) => `${verdict} ${matters}`)).toEqual(
      ofMail.map(() => "dropped false"),
    );
  });

  test("what is no address is told", () => {
    const { of, config } = imported(
      ["notification_email {", "ops", "night@example.net", "}", SERVER, "smtp_alert"],
      instance(),
    );
    expect(of("ops")).toMatchObject({ verdict: "dropped", matters: true });
    expect(config.alerts[0]?.sink).toMatchObject({ to: ["night@example.net"] });
  });

  test("two directors that sign otherwise are no contradiction", () => {
    const text = (name: string, priority: number): string =>
      block(
        "global_defs",
        ...TO,
        SERVER,
        `notification_email_from ${name}@example.net`,
        "smtp_alert",
      ) + instance(`priority ${priority}`, `mcast_src_ip 192.168.60.13${priority === 150 ? 0 : 1}`);
    const { of, whole, config } = importTexts({
      "lb1.conf": text("lb1", 150),
      "lb2.conf": text("lb2", 100),
    });
    expect(whole).toBe(true);
    expect(config.alerts[0]?.sink).toMatchObject({ from: "lb1@example.net" });
    expect(of("lb2@example.net")).toMatchObject({ verdict: "changed", matters: false });
  });
});

describe("ldirectord", () => {
  const virtual = (port: number, ...lines: readonly string[]): string =>
    [`virtual = 192.168.60.100:${port}`, `real = 10.0.0.1:${port} masq`, ...lines].join("\n\t");
  const imported = (...lines: readonly string[]): Result =>
    importTexts({ "ldirectord.cf": lines.join("\n") });

  test("is told of servers, again as often, by the server that it names", () => {
    const { config, of } = imported(
      'emailalert = "ops@example.net, night@example.net"',
      "emailalertfrom = lb@example.net",
      "emailalertfreq = 3600",
      "emailalertstatus = all",
      "smtp = mail.example.net",
      virtual(80),
    );
    expect(config.alerts).toMatchObject([
      {
        sink: {
          host: "mail.example.net",
          over: "tcp",
          from: "lb@example.net",
          to: ["ops@example.net", "night@example.net"],
        },
        events: ["server"],
        services: undefined,
        remind: 3_600_000,
      },
    ]);
    expect(of("emailalertfreq")).toMatchObject({ verdict: "taken" });
  });

  test("each virtual has its own readers; without smtp it is this host's server", () => {
    const { config, of } = imported(
      "emailalert = ops@example.net",
      virtual(80),
      virtual(81, "emailalert = shop@example.net"),
      virtual(82, "emailalertstatus = none"),
    );
    expect(
      config.alerts.map(({ name, sink, services }) => [
        name,
        sink.kind === "mail" && sink.to,
        services,
      ]),
    ).toEqual([
      ["mail", ["ops@example.net"], ["tcp-192.168.60.100-80"]],
      ["mail-2", ["shop@example.net"], ["tcp-192.168.60.100-81"]],
    ]);
    expect(config.alerts[0]?.sink).toMatchObject({ host: "127.0.0.1", port: 25 });
    expect(of("shop@")).toMatchObject({ verdict: "changed" });
    expect(of("emailalertstatus")).toMatchObject({ verdict: "dropped", matters: false });
  });
});
