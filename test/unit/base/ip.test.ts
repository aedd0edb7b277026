import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIp, ipBytes, parseIp } from "../../../src/base/ip.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("parseIp", () => {
  it("reads what formatIp writes", () => {
    fc.assert(
      fc.property(fc.oneof(octets(4), octets(16)), (bytes) => {
        const text = formatIp(bytes);
        expect(ipBytes(text)).toEqual(bytes);
        expect(parseIp(text)).toBe(text);
      }),
    );
  });

  it("agrees with node:net about what an IPv4 address is", () => {
    const part = fc.oneof(
      fc.nat({ max: 300 }).map(String),
      fc.constantFrom("", "00", "01", "0x1", " 1", "1 ", "1e1", "-1", "999", "0255"),
    );
    const text = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
    fc.assert(
      fc.property(text, (each) => {
        expect(parseIp(each) !== undefined).toBe(isIP(each) === 4);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with node:net about IPv6, zones left out", () => {
    const text = fc.stringMatching(/^[0-9a-f:.]{2,20}$/);
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV6()), (each) => {
        if (each.includes(":")) expect(parseIp(each) !== undefined).toBe(isIP(each) === 6);
      }),
      { numRuns: 2000 },
    );
  });
});
