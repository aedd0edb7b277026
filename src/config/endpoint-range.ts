/** Servers as the file names them: one, or several at the addresses of a range. */
import { compareIp, type Ip } from "../base/ip.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { addressesBetween, MAX_RANGE, parseLast } from "./ranges.ts";
import { type Parsed, refuse } from "./values.ts";

export interface EndpointRange extends Endpoint {
  /** Of a range, which begins with `address`. */
  readonly last: Ip | undefined;
}

/** As parseEndpoint, or several at one port: `10.0.0.2-5:80`, `[fd00::2-fd00::9]:80`. */
export function parseEndpoints(text: string): Parsed<EndpointRange> {
  const [, first = "", last, rest = ""] = /^(\[?[^-]+)-([^\]]*?)(\]?(?::\d*)?)$/.exec(text) ?? [];
  if (last === undefined) {
    const single = parseEndpoint(text);
    return "complaint" in single ? single : { value: { ...single.value, last: undefined } };
  }
  const begin = parseEndpoint(`${first}${rest}`);
  if ("complaint" in begin) return begin;
  const { address, port } = begin.value;
  const end = parseLast(address, last);
  if (end === undefined) {
    return refuse(
      `${JSON.stringify(text)} is no range of addresses: ${last} does not end it`,
      "Write the last address, or what differs of it: 10.0.0.2-10.0.0.5:80, 10.0.0.2-5:80.",
    );
  }
  if (compareIp(end, address) < 0) return refuse(`${text} ends before it begins`);
  if (addressesBetween(address, end) === undefined) {
    return refuse(`${text} has more than the ${MAX_RANGE} addresses that a range may have`);
  }
  return { value: { address, port, last: end } };
}
