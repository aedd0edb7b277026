/** The keys about who serves: directors, heartbeat, instances, connection sync, announcements. */
import * as z from "zod/mini";
import { minutes, ms, seconds } from "../../base/units.ts";
import {
  parseBroadcast,
  parseFile,
  parseGroup,
  parseGroupOf,
  parseHostAddress,
  parseInterface,
  parseVip,
  refuseLabel,
} from "../values.ts";
import { notify, route, rule, tracks } from "./around.ts";
import {
  doc,
  duration,
  either,
  flag,
  list,
  name,
  named,
  oneOf,
  parsed,
  port,
  section,
  whole,
} from "./scalars.ts";

const hostAddress = () => parsed("an IP address", parseHostAddress);
const link = () => parsed("the name of an interface", parseInterface);

const path = section({
  address: doc("An address of the director's own, on a real interface.", hostAddress()),
  interface: doc(
    "The interface that must carry the address; without it any may.",
    z.optional(link()),
  ),
});

export const director = section({
  address: doc(
    "Where this director sends heartbeats from and hears them; short for one path.",
    z.optional(hostAddress()),
  ),
  paths: doc(
    "Several addresses, best on separate networks: one that lives is enough. The first decides " +
      "between equal priorities. Paths at the same position of both directors belong together.",
    z.optional(list("{ address, interface }", path)),
  ),
  priority: doc(
    "1 to 254, 100 unless said otherwise: of two fit directors the higher one becomes master.",
    z.prefault(whole(1, 254), 100),
  ),
});

const peer = section({
  minTtl: doc("Instead of the other directors'.", z.optional(whole(1, 255))),
  maxTtl: doc("Whoever sends with more is not that far away; 255.", z.optional(whole(1, 255))),
});

/** Where an instance says nothing the pair's word counts, then the default. */
const vrrp = section({
  version: doc(
    "2 (RFC 3768, what keepalived speaks unless told otherwise) or 3 (RFC 9568, the default here " +
      "and the only one over IPv6). Both ends need the same.",
    z.optional(either("2 or 3", z.literal(2), z.literal(3))),
  ),
  unicast: doc(
    "Send to the other directors' addresses instead of to the group.",
    z.optional(flag()),
  ),
  group4: doc(
    "IPv4 group; 224.0.0.18.",
    z.optional(parsed("a multicast address", parseGroupOf(4))),
  ),
  group6: doc("IPv6 group; ff02::12.", z.optional(parsed("a multicast address", parseGroupOf(6)))),
  passwordFile: doc(
    "File with the password of version 2, 8 characters at most, which goes over the network in " +
      "the clear: it keeps neighbours apart by accident, not by intent.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
  checksumAsV2: doc(
    "Version 3 over IPv4 with the checksum of version 2: keepalived's v3_checksum_as_v2.",
    z.optional(flag()),
  ),
  minTtl: doc(
    "Hops that a unicast advertisement must have left, 255 (a neighbour) unless said otherwise. " +
      "keepalived sends 64 to IPv6 peers.",
    z.optional(whole(1, 255)),
  ),
  peers: doc(
    "By director, hops of the unicast advertisements that come from it (keepalived's min_ttl and " +
      "max_ttl of a unicast_peer), where they differ from minTtl.",
    z.optional(named("directors' names to { minTtl, maxTtl }", peer)),
  ),
});

export const heartbeat = section({
  transport: doc(
    "udp: authenticated datagrams between batons. vrrp: IP protocol 112, which keepalived and " +
      "routers speak.",
    z.prefault(oneOf(["udp", "vrrp"]), "udp"),
  ),
  interval: doc(
    "Between two heartbeats; 250ms unless said otherwise, 1s on the vrrp transport. Shorter finds " +
      "a dead master sooner, costs CPU, and takes a busy network for a dead one sooner.",
    z.optional(duration({ min: ms(10), max: seconds(60) })),
  ),
  missed: doc(
    "Intervals of silence before the master is given up; more forgives more loss.",
    z.prefault(whole(2, 60), 3),
  ),
  port: doc("UDP port of both directors.", z.prefault(port(), 8112)),
  multicast: doc(
    "Send to this group instead of to the peer's addresses.",
    z.optional(parsed("a multicast address", parseGroup)),
  ),
  vrrp: doc("How the vrrp transport speaks, where all instances agree.", z.optional(vrrp)),
  secretFile: doc(
    "File with the keys that sign heartbeats, the same on both directors, readable by root " +
      "alone. Without it anybody on the network can end a master.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
});

const preempt = either(
  "never, immediate or { after: DURATION }",
  z.enum(["never", "immediate"], { error: "" }),
  section({
    after: doc(
      "How long a better director waits before it takes over from a living master.",
      duration({ min: ms(0), max: minutes(60) }),
    ),
  }),
);

const vip = either(
  "ADDRESS, ADDRESS/PREFIX or { address, interface, excluded … }",
  parsed("an address", parseVip),
  section({
    address: doc("ADDRESS or ADDRESS/PREFIX; /32 or /128 is best.", parsed("an address", parseVip)),
    interface: doc("Where it is not the instance's.", z.optional(link())),
    scope: doc("As `ip address` has it.", z.prefault(oneOf(["global", "link", "host"]), "global")),
    broadcast: doc(
      "Its broadcast address, IPv4 with a shorter prefix than /32 alone; none unless said otherwise.",
      z.optional(parsed("an IPv4 address", parseBroadcast)),
    ),
    noPrefixRoute: doc(
      "No route to the network of a VIP with a shorter prefix; a VIP of one address has none.",
      z.prefault(flag(), false),
    ),
    label: doc("Refused: a label makes an alias.", z.optional(parsed("no label", refuseLabel))),
    excluded: doc(
      "Moves with the others and is not in the advertisement of the vrrp transport, as in " +
        "keepalived's virtual_ipaddress_excluded.",
      z.prefault(flag(), false),
    ),
  }),
);

const vmac = either(
  "true, false or { interface, advertsFromBase }",
  flag(),
  section({
    interface: doc(
      "Name of the macvlan, 15 characters at most; vrrp.ROUTERID unless said otherwise, as " +
        "keepalived calls it.",
      z.optional(link()),
    ),
    advertsFromBase: doc(
      "Advertisements leave with the interface's own hardware address (keepalived's " +
        "vmac_xmit_base).",
      z.prefault(flag(), false),
    ),
  }),
);

const witness = section({
  addresses: doc(
    "Neighbours on the instance's interface, such as its gateway; asked by ARP or neighbour " +
      "solicitation.",
    list("IP addresses", hostAddress()),
  ),
  hold: doc(
    "A takeover waits so long at most while none of them answers and nothing else is heard there.",
    z.prefault(duration({ min: ms(0), max: minutes(10) }), "30s"),
  ),
});

export const instance = section({
  routerId: doc("Names the virtual router on its network, 1 to 255.", whole(1, 255)),
  interface: doc(
    "The real interface that carries the VIPs. eth0:0 is no interface but a label.",
    link(),
  ),
  vips: doc("The virtual addresses; they move together.", list("virtual addresses", vip)),
  priorities: doc(
    "Priorities by director where this instance differs, so that a pair shares the work. 255 is " +
      "for the director that owns the VIP as an address of its own.",
    z.prefault(named("directors' names to priorities", whole(1, 255)), {}),
  ),
  interval: doc(
    "Between its own advertisements, on the vrrp transport alone (keepalived's advert_int); " +
      "heartbeat.interval unless said otherwise. Version 2: whole seconds, version 3: multiples of " +
      "10ms up to 40.95s.",
    z.optional(duration({ min: ms(10), max: seconds(255) })),
  ),
  preempt: doc(
    "Whether a better director takes over from a living master: never (fewest interruptions), " +
      "immediate, or after a time.",
    z.prefault(preempt, "never"),
  ),
  group: doc(
    "Instances with the same group are master together or not at all, as keepalived's sync group.",
    z.optional(name()),
  ),
  routes: doc(
    "Routes that stand where the instance is master, after its VIPs.",
    z.prefault(list("routes", route), []),
  ),
  rules: doc(
    "Routing rules that stand where the instance is master.",
    z.prefault(list("rules", rule), []),
  ),
  trackInterface: doc(
    "Whether it is at fault while its own interface is down or has no carrier; false serves on " +
      "(keepalived's dont_track_primary).",
    z.prefault(flag(), true),
  ),
  track: doc(
    "What has to hold for it, or moves its priority.",
    z.prefault(tracks("names of tracks, or { name, weight, reverse }"), []),
  ),
  notify: doc(
    "Programs that are told of its state, one after the other, as lists of words; no shell.",
    z.prefault(notify, {}),
  ),
  sources: doc(
    "By director, the address on the interface that its VRRP leaves from (keepalived's " +
      "mcast_src_ip); the director's own unless said otherwise. Where it is missing there, the " +
      "instance is at fault.",
    z.prefault(named("directors' names to addresses", hostAddress()), {}),
  ),
  vmac: doc(
    "On the vrrp transport: the VIPs stand on a macvlan of the router's own hardware address, " +
      "00:00:5e:00:01:ROUTERID (IPv6: 02), which moves with them (RFC 9568 §7.3; keepalived's " +
      "use_vmac).",
    z.prefault(vmac, false),
  ),
  vrrp: doc("Where this instance speaks differently on the vrrp transport.", z.optional(vrrp)),
  witness: doc(
    "Who tells a dead master from a dead interface of this host's own; none unless said otherwise.",
    z.optional(witness),
  ),
});

export const connectionSync = section({
  interface: doc(
    "Interface of the kernel's connection sync. Give it a network of its own: whoever is on it " +
      "can plant connections.",
    link(),
  ),
  syncId: doc(
    "Keeps pairs on one network apart; the first instance's routerId unless said otherwise.",
    z.optional(whole(0, 255)),
  ),
  group: doc(
    "Multicast group; the kernel's is 224.0.0.81.",
    z.optional(parsed("a multicast address", parseGroup)),
  ),
  port: doc("UDP port; the kernel's is 8848.", z.optional(port())),
  ttl: doc("Hops; the kernel's is 1.", z.optional(whole(1, 255))),
  maxLength: doc(
    "Octets of a sync message, 1024 to 65507; the kernel takes what fits an Ethernet frame.",
    z.optional(whole(1024, 65_507)),
  ),
});

export const announce = section({
  repeat: doc(
    "Gratuitous ARPs or neighbour advertisements of each VIP in a burst.",
    z.prefault(whole(1, 100), 5),
  ),
  delay: doc(
    "A second burst follows after this; 0s is none.",
    z.prefault(duration({ min: ms(0), max: minutes(10) }), "5s"),
  ),
  interval: doc(
    "Between two of them that leave by one interface, for switches that drop ARP beyond a rate; " +
      "0s: as fast as they are made. So 20 VIPs at 10ms take a second for a burst of 5.",
    z.prefault(duration({ min: ms(0), max: seconds(10) }), "0s"),
  ),
  refresh: doc(
    "One more of each VIP this often, for switches and hosts that missed the burst; 0s is never. " +
      "1m unless said otherwise; on the vrrp transport 1s, or 100ms for each VIP where that is " +
      "longer: keepalived that gives way does so in silence, and may have announced last.",
    z.optional(duration({ min: ms(0), max: seconds(86_400) })),
  ),
});
