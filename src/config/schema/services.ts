/** The keys about what is served: virtual services, their servers, the kernel's table. */
import * as z from "zod/mini";
import { seconds } from "../../base/units.ts";
import { parseListen } from "../endpoint.ts";
import { parseEndpoints } from "../endpoint-range.ts";
import { parseNetmask } from "../values.ts";
import { check, health } from "./checks.ts";
import {
  command,
  doc,
  duration,
  either,
  list,
  name,
  oneOf,
  parsed,
  port,
  section,
  user,
  whole,
} from "./scalars.ts";

/** As `ip_vs_*` modules of the kernel. */
const SCHEDULERS = "rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos".split(" ");
const FLAGS = ["onePacket", "sh-fallback", "sh-port", "mh-fallback", "mh-port"] as const;
const FORWARDS = ["dr", "nat", "tunnel"] as const;
const MAX_WEIGHT = 65_535;
const MAX_U32 = 0xffff_ffff;
/** As ipvsadm: 31 days. */
const MAX_KERNEL_TIMEOUT = seconds(31 * 86_400);

const weight = () => whole(0, MAX_WEIGHT);
const kernelTimeout = () =>
  duration({ min: seconds(1), max: MAX_KERNEL_TIMEOUT, wholeSeconds: true });

const forward = () => oneOf(FORWARDS);

const tunnel = () =>
  section({
    type: doc("What wraps the packets.", oneOf(["ipip", "gue", "gre"])),
    port: doc("gue: the servers' UDP port.", z.optional(port())),
    checksum: doc(
      "gue, gre: none, full, or (gue) remote, where the server's card computes it.",
      z.prefault(oneOf(["none", "full", "remote"]), "none"),
    ),
  });

const server = either(
  "ADDRESS:PORT or { address, weight, … }",
  parsed("ADDRESS:PORT", parseEndpoints),
  section({
    address: doc(
      "ADDRESS:PORT, or ADDRESS for the service's port; several are 10.0.0.2-5:80 or " +
        "'[fd00::2-fd00::9]:80'.",
      parsed("ADDRESS:PORT", parseEndpoints),
    ),
    weight: doc("Share of the work; 0 takes no new connections.", z.prefault(weight(), 1)),
    forward: doc("Where it differs from the service's.", z.optional(forward())),
    tunnel: doc("Where it differs from the service's.", z.optional(tunnel())),
    upperThreshold: doc(
      "Connections at which the server gets no more; 0 is no limit.",
      z.prefault(whole(0, MAX_U32), 0),
    ),
    lowerThreshold: doc(
      "Connections below which it gets some again; 0 is three quarters of the upper one.",
      z.prefault(whole(0, MAX_U32), 0),
    ),
    onFailure: doc(
      "Where it differs from the service's.",
      z.optional(oneOf(["remove", "weight0"])),
    ),
    notify: doc(
      "Programs that run when it is found to be down, or up again, as lists of words; no shell.",
      z.prefault(
        section({
          up: doc("When it is up again.", z.prefault(command(), [])),
          down: doc("When it is down.", z.prefault(command(), [])),
          user: doc("USER, or USER:GROUP: whom they run as.", z.optional(user())),
        }),
        {},
      ),
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
  netmask: doc(
    "Clients of one network of this size persist together, as a mask or a prefix length of IPv6.",
    z.optional(parsed("a netmask such as 255.255.255.0, or a prefix length", parseNetmask)),
  ),
  engine: doc("What persistence goes by instead of the address.", z.optional(oneOf(["sip"]))),
  flags: doc(
    "onePacket (udp: each datagram for itself), and the scheduler's: sh-fallback, sh-port, " +
      "mh-fallback, mh-port.",
    z.prefault(list("flags", oneOf(FLAGS)), []),
  ),
  tunnel: doc("How tunnels are made; ipip by default.", z.optional(tunnel())),
  servers: doc("The real servers.", z.optional(list("servers", server))),
  sets: doc(
    "Names of `serverSets`, whose servers follow its own.",
    z.prefault(list("names of serverSets", name()), []),
  ),
  fallback: doc(
    "Servers that answer while the quorum is lost; they are not checked.",
    z.prefault(list("servers", server), []),
  ),
  check: check(),
  ...health,
});

/** Servers that several services share. */
export const serverSet = list("servers", server);

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
