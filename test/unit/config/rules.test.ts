/** What only shows when the parts of a file are looked at together. */
import { describe, expect, it } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/report.ts";
import { BASE, readMistakes, spoil } from "./base.ts";

it.each(readMistakes("rules"))("$report", ({ old, replacement, report }) => {
  const { text, at } = spoil(old, replacement);
  const loaded = parse(text);
  expect(loaded.kind).toBe(report.startsWith("error") ? "invalid" : "valid");
  expect(loaded.problems.map((problem) => formatProblem(problem, "f"))).toContain(
    `f:${at}: ${report}`,
  );
});

describe("errors", () => {
  it("a server behind dr has the service's port", () => {
    const text = BASE.replace(
      "8080\n        weight: 2\n        forward: nat",
      "8080\n        forward: dr",
    );
    const [problem] = parse(text).problems;
    expect(problem && formatProblem(problem, "f")).toBe(
      "f:160:9: error: services.http.servers[1]: port 8080 is not the service's 80: " +
        "dr hands packets over as they are" +
        "\n    Write port 80, or forward: nat, which can change it.",
    );
  });

  it("a tunnel between families does not go with connection sync", () => {
    const text = BASE.replace(
      "forward: dr\n    servers: [10.20.0.13]",
      "forward: tunnel\n    servers: ['[fd00::1]']",
    );
    expect(parse(text).problems.map((problem) => problem.message)).toEqual([
      "fd00::1 is of another family than its service: " +
        "the kernel refuses that beside connectionSync",
    ]);
    const sync = BASE.slice(BASE.indexOf("connectionSync"), BASE.indexOf("tracks:"));
    expect(parse(text.replace(sync, "")).kind).toBe("valid");
  });

  it("a hash whose failed servers are removed sends most clients elsewhere", () => {
    const hash = BASE.replace("scheduler: wrr", "scheduler: sh")
      .replace("[onePacket]", "[onePacket, sh-fallback]")
      .replace("    onFailure: weight0", "    onFailure: remove");
    expect(parse(hash).problems).toMatchObject([
      {
        severity: "note",
        place: ["services", "http", "scheduler"],
        message: "a server that fails is removed, and most clients go to another server",
      },
    ]);
    const kept = hash.replace("    onFailure: remove\n    rem", "    onFailure: weight0\n    rem");
    expect(parse(kept).problems).toEqual([]);
  });

  it("a mark needs an instance where there are two", () => {
    const other = "  other: { routerId: 52, interface: eth2, vips: [10.8.8.8] }\nconnectionSync:";
    const text = BASE.replace("    instance: web\n", "");
    expect(parse(text).kind).toBe("valid");
    expect(parse(text.replace("connectionSync:", other)).problems).toMatchObject([
      {
        place: ["services", "marked", "listen"],
        message: "a mark has no address: write instance: one of web, other",
      },
    ]);
  });

  it("an empty file lacks what it must have", () => {
    expect(parse("# nothing\n").problems.map((problem) => formatProblem(problem, "f"))).toEqual([
      "f:1:1: error: is empty: a mapping with the keys cluster, directors, heartbeat, instances, " +
        "groups, tracks, notifyFifo, notifyFifoScript, serviceFifo, serviceFifoScript, alerts, connectionSync, serverSets, services, ipvs, announce, metrics, page, startDelay, vipLease, " +
        "waitForInterface, onStop",
    ]);
    expect(parse("{}").problems.map((problem) => formatProblem(problem, "f"))).toEqual([
      "f:1:1: error: directors: is missing: a mapping of names to directors",
      "f:1:1: error: instances: is missing: a mapping of names to instances",
    ]);
    const empty = parse("{directors: {}, instances: {}}").problems;
    expect(
      empty.filter(({ severity }) => severity === "error").map(({ message }) => message),
    ).toEqual(["names no director", "names no instance: there is nothing to hold"]);
  });
});

describe("warnings and notes", () => {
  it("one director is alone", () => {
    const text = BASE.replace(/ {2}lb2:\n[^]*(?=heartbeat:)/, "")
      .replace("      lb2: 200\n", "")
      .replace("    priorities:\n", "");
    expect(parse(text)).toMatchObject({
      kind: "valid",
      problems: [{ severity: "warning", message: "lb1 is alone: nobody takes over when it falls" }],
    });
  });

  it("without a secret anybody can speak", () => {
    const text = BASE.replace("  secretFile: /etc/baton/heartbeat.key\n", "");
    expect(parse(text)).toMatchObject({
      kind: "valid",
      problems: [
        {
          severity: "warning",
          at: { line: 15, column: 1 },
          message: expect.stringContaining("secretFile"),
        },
      ],
    });
  });

  it("equal priorities: the higher address decides, as numbers", () => {
    const text = BASE.replace("lb2: 200", "lb2: 150").replaceAll("192.168.60.130", "192.168.60.9");
    expect(parse(text)).toMatchObject({
      kind: "valid",
      problems: [
        {
          severity: "note",
          place: ["instances", "web"],
          message:
            "lb1 and lb2 both have priority 150: the higher address decides, lb2's 192.168.60.131",
        },
      ],
    });
  });

  it("the owner of an address may have it as a VIP", () => {
    const text = BASE.replace("- 192.168.60.100\n", "- 192.168.60.131\n").replace(
      "lb2: 200",
      "lb2: 255",
    );
    const loaded = parse(text.replace("tcp 192.168.60.100:80", "tcp 192.168.60.131:80"));
    expect(loaded).toMatchObject({ kind: "valid", problems: [] });
  });

  it("the same router id twice on one interface is fine on udp", () => {
    const other = "  other: { routerId: 51, interface: eth2, vips: [10.8.8.8] }\nconnectionSync:";
    expect(parse(BASE.replace("connectionSync:", other))).toMatchObject({ problems: [] });
  });
});
