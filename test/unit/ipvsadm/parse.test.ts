/** Command lines of ipvsadm: how they are split, what they mean, what they are refused for. */
import { describe, expect, it } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { type Names, NameWanted } from "../../../src/ipvsadm/endpoint.ts";
import { parse } from "../../../src/ipvsadm/parse.ts";
import { Stop } from "../../../src/ipvsadm/stop.ts";
import { inetAton } from "../../../src/ipvsadm/values.ts";

const names: Names = {
  host: (name) => {
    if (name === "web") return "10.0.0.1" as Ip;
    if (name === "nobody") return undefined;
    throw new NameWanted(name);
  },
  port: (name, protocol) => (name === "http" && protocol === "tcp" ? 80 : undefined),
};

const call = (text: string): unknown =>
  parse(
    text.split(" ").filter((word) => word !== ""),
    "ipvsadm",
    names,
  );

function stop(text: string): readonly [number, string] {
  try {
    call(text);
  } catch (error) {
    if (error instanceof Stop) return [error.code, error.message.trim()];
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe("a command line", () => {
  it("has clusters, attached values and plain words anywhere", () => {
    expect(call("-Lnt10.0.0.1:80")).toMatchObject({
      kind: "list",
      listing: { service: { protocol: "tcp", address: "10.0.0.1", port: 80 } },
    });
    expect(call("1 --set 2 -- 3")).toMatchObject({
      command: { timeouts: { tcp: 1, tcpFin: 2, udp: 3 } },
    });
    expect(call("-A -u=web:5 -srr -p -M 255.255.255.0")).toMatchObject({
      command: {
        service: { scheduler: "rr", persistence: 360, netmask: "255.255.255.0" },
      },
    });
  });

  it("begins with a command, and has one only", () => {
    const help = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";
    for (const text of ["", "x", "-n -L", "-q", "--start-daemon"]) {
      expect(stop(text), text).toEqual([255, help]);
    }
    expect(stop("-LS")).toEqual([2, "invalid option `-LS'"]);
    expect(stop("-Lq")).toEqual([255, "-Lq: unknown option"]);
    expect(stop("-A -t")).toEqual([255, "-t: missing argument"]);
    expect(stop("-L --stats=1")).toEqual([255, "--stats=1: option does not take an argument"]);
  });

  it("asks for the address of a host once it needs it", () => {
    expect(() => call("-A -t elsewhere:80")).toThrow(NameWanted);
    expect(stop("-A -t nobody:80")[1]).toBe("illegal virtual server address[:port] specified");
  });

  it("keeps the service's port for servers whose packets are not rewritten", () => {
    expect(call("-a -t web:http -r 10.0.1.1:99")).toMatchObject({
      command: { destination: { port: 80, forward: "dr" } },
    });
    expect(call("-a -t web:http -m -r 10.0.1.1:99")).toMatchObject({
      command: { destination: { port: 99, forward: "nat" } },
    });
  });
});

describe("inet_aton", () => {
  it.each([
    ["10.1", "10.0.0.1"],
    ["0x0a000005", "10.0.0.5"],
    ["010.0.0.1", "8.0.0.1"],
    ["167772166", "10.0.0.6"],
    ["1.2.3.4 x", "1.2.3.4"],
  ])("%s is %s", (text, address) => {
    expect(inetAton(text)).toBe(address);
  });

  it.each(["", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1.1.1", "1..2", "x", "4294967296"])(
    "%s is none",
    (text) => {
      expect(inetAton(text)).toBeUndefined();
    },
  );
});
