/** The keys about what is served: virtual services, their servers, the kernel's table. */
import * as z from "zod/mini";
import { seconds } from "../../base/units.ts";
import { parseEndpoint, parseListen } from "../values.ts";
import { doc, duration, either, list, name, oneOf, parsed, section, whole } from "./scalars.ts";

/** As `ip_vs_*` modules of the kernel. */
const SCHEDULERS = "rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos".split(" ");
const FORWARDS = ["dr", "nat", "tunnel"] as const;
const MAX_WEIGHT = 65_535;
const MAX_U32 = 0xffff_ffff;
/** As ipvsadm: 31 days. */
const MAX_KERNEL_TIMEOUT = seconds(31 * 86_400);

const weight = () => whole(0, MAX_WEIGHT);
const kernelTimeout = () =>
  duration({ min: seconds(1), max: MAX_KERNEL_TIMEOUT, wholeSeconds: true });

/** Health checks are a later version's; `none` says that their absence is meant. */
const check = () =>
  doc(
    "Only `none` in this version: servers count as up.",
    z.optional(
      z.literal("none", {
        error: () =>
          "checks are not in this version yet: servers count as up; remove it, or write none",
      }),
    ),
  );

const forward = () => oneOf(FORWARDS);

const server = either(
  "ADDRESS:PORT or { address, weight, … }",
  parsed("ADDRESS:PORT", parseEndpoint),
  section({
    address: doc(
      "ADDRESS:PORT, or ADDRESS for the service's port.",
      parsed("ADDRESS:PORT", parseEndpoint),
    ),
    weight: doc("Share of the work; 0 takes no new connections.", z.prefault(weight(), 1)),
    forward: doc("Where it differs from the service's.", z.optional(forward())),
    upperThreshold: doc(
      "Connections at which the server gets no more; 0 is no limit.",
      z.prefault(whole(0, MAX_U32), 0),
    ),
    lowerThreshold: doc(
      "Connections below which it gets some again; 0 is three quarters of the upper one.",
      z.prefault(whole(0, MAX_U32), 0),
    ),
    check: check(),
  }),
);

export const service = section({
  listen: doc(
    "tcp ADDRESS:PORT, udp [IPV6]:PORT, sctp …, or mark NUMBER for packets that the firewall " +
      "marked.",
    parsed("tcp|udp|sctp ADDRESS:PORT or mark NUMBER", parseListen),
  ),
  family: doc("For marks: ipv4 unless said otherwise.", z.optional(oneOf(["ipv4", "ipv6"]))),
  instance: doc(
    "For marks: the instance that the service moves with. An address says it by itself.",
    z.optional(name()),
  ),
  scheduler: doc("Which server gets the next connection.", z.prefault(oneOf(SCHEDULERS), "wlc")),
  forward: doc(
    "dr: the servers answer the clients themselves (fastest; they hold the VIP on lo). nat: all " +
      "traffic passes the director both ways. tunnel: like dr, through IP tunnels.",
    z.prefault(forward(), "dr"),
  ),
  persistence: doc(
    "A client stays with its server this long after its last connection; not at all by default.",
    z.optional(kernelTimeout()),
  ),
  servers: doc("The real servers.", list("servers", server)),
  check: check(),
});

export const ipvs = section({
  table: doc(
    "share leaves services alone that baton did not add; own removes them.",
    z.prefault(oneOf(["share", "own"]), "share"),
  ),
  timeouts: doc(
    "Idle times after which the kernel forgets a connection; what is not named stays as it is.",
    z.optional(
      section({
        tcp: doc("Established TCP; the kernel's is 15m.", z.optional(kernelTimeout())),
        tcpFin: doc("TCP after a FIN; the kernel's is 2m.", z.optional(kernelTimeout())),
        udp: doc("UDP; the kernel's is 5m.", z.optional(kernelTimeout())),
      }),
    ),
  ),
});
