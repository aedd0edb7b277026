/** Sets and ranges of servers, as they become the servers of services. */
import { expect, test } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatPlace } from "../../../src/config/report.ts";

const file = (sets: string, services: string): string => `
directors: { lb1: { address: 192.168.60.130 }, lb2: { address: 192.168.60.131 } }
instances: { web: { routerId: 51, interface: eth0, vips: [192.168.60.100, 'fd00::100'] } }
serverSets: { ${sets} }
services: { ${services} }
`;

const of = (service: string): string => `a: { listen: tcp 192.168.60.100:80, ${service} }`;

function serversOf(sets: string, services: string): readonly (readonly string[])[] {
  const loaded = parse(file(sets, services));
  if (loaded.kind === "invalid") throw new TypeError(JSON.stringify(loaded.problems));
  return loaded.config.services.map(({ servers }) =>
    servers.map(({ address, port, weight }) => `${address} ${port} ${weight}`),
  );
}

test.each<[string, readonly string[]]>([
  ["10.0.0.254-10.0.1.1:80", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]],
  ["10.0.0.2-3", ["10.0.0.2", "10.0.0.3"]],
  ["10.0.0.2-2", ["10.0.0.2"]],
])("%s", (range, addresses) => {
  expect(serversOf("", of(`servers: [${range}]`))).toEqual([
    addresses.map((address) => `${address} 80 1`),
  ]);
});

test.each(["'[fd00::9-b]:80'", "'[fd00::9-fd00::b]'"])("%s", (range) => {
  const listen = `a: { listen: 'tcp [fd00::100]:80', servers: [${range}] }`;
  expect(serversOf("", listen)).toEqual([["fd00::9 80 1", "fd00::a 80 1", "fd00::b 80 1"]]);
});

test("services share sets, each at its own port, and each server with what is said of its range", () => {
  const two = `
    a: { listen: tcp 192.168.60.100:80, sets: [web] },
    b: { listen: tcp 192.168.60.100:443, servers: [10.0.0.9], sets: [web, spare] }`;
  const sets = "web: [{ address: 10.0.0.1-2, weight: 3 }], spare: [10.0.0.8]";
  expect(serversOf(sets, two)).toEqual([
    ["10.0.0.1 80 3", "10.0.0.2 80 3"],
    ["10.0.0.9 443 1", "10.0.0.1 443 3", "10.0.0.2 443 3", "10.0.0.8 443 1"],
  ]);
});

test("it is the same configuration as with the servers one by one", () => {
  const resolved = (sets: string, services: string): unknown => {
    const loaded = parse(file(sets, services));
    return loaded.kind === "valid" ? loaded.config : undefined;
  };
  const short = resolved("web: [10.0.0.1-3]", of("sets: [web]"));
  expect(short).toBeDefined();
  expect(short).toEqual(resolved("", of("servers: [10.0.0.1, 10.0.0.2, 10.0.0.3]")));
});

test("neither servers nor sets", () => {
  const { problems } = parse(file("web: [10.0.0.1]", of("scheduler: rr")));
  expect(problems.map(({ message }) => message)).toContain(
    "has no servers: write servers, or sets for those of serverSets",
  );
});

test("what is found on this host later is shown where the file has it", () => {
  const loaded = parse(file("web: [10.0.0.1-3]", of("sets: [web]")));
  if (loaded.kind === "invalid") throw new TypeError("invalid");
  const place = ["services", "a", "servers", 2];
  expect(loaded.locate(place)).toEqual(loaded.locate(["serverSets", "web", 0]));
  expect(formatPlace(place)).toBe("services.a.servers[2]");
});
