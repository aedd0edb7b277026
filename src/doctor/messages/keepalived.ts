/** Messages of keepalived's VRRP part. */
import { type OldMessage, saidBy } from "./types.ts";

const vrrp = saidBy("keepalived");

const VIEW = "The cause of each change of state is in baton status.";

export const KEEPALIVED_MESSAGES: readonly OldMessage[] = [
  vrrp(
    "Received advert from … with lower priority …, ours …, forcing new election",
    "This master heard another master of lower priority, and answered so that it yields. Repeated, the two do not hear each other both ways.",
    [
      "adverts are lost in one direction: a firewall, IGMP snooping without a querier, rp_filter",
      "another virtual router with the same virtual_router_id on the segment",
      "two lists of VIPs, or another password: each refuses the other's adverts",
    ],
    "baton doctor listens for router ids, reads the firewall, and asks who answers for the VIPs. Over udp each director knows whether it is heard, and a deaf one gives way.",
  ),
  vrrp(
    "Received lower prio advert, forcing new election",
    'As "Received advert with lower priority": two masters.',
    ["adverts are lost in one direction", "the same virtual_router_id twice"],
    "baton doctor listens for router ids and reads the firewall.",
  ),
  vrrp(
    "Master received advert from … with higher priority …, ours …",
    "A better director speaks: this one yields.",
    ["the other one came back and preempts", "after a partition: both were master"],
    "In baton preempt says whether one that returns takes over: never, immediate, or { after: 60s }.",
  ),
  vrrp(
    "Master received advert from … with same priority … but higher IP address than ours",
    "Both had one priority: the higher address stays master.",
    ["the same priority in both files"],
    "Give the directors different priorities; equal ones are settled by rule, not by wish.",
  ),
  vrrp(
    "Backup received priority 0 advertisement",
    "The master lets go: this one takes over after a short skew.",
    ["keepalived was stopped there: ordinary"],
    VIEW,
  ),
  vrrp(
    "Entering MASTER STATE",
    "It took over.",
    ["no advert for three intervals", "it is the better one and preempts"],
    VIEW,
  ),
  vrrp("Entering BACKUP STATE", "It yielded, or started.", ["a better one speaks"], VIEW),
  vrrp(
    "Entering FAULT STATE",
    "Something that the instance depends on is not there.",
    [
      "the interface is down or has no address",
      "a track script fails",
      "another instance of its group is at fault",
    ],
    "baton status lists the faults of an instance by name.",
  ),
  vrrp(
    "Cannot find an IP address to use for interface …",
    "The interface has no address to send adverts from.",
    ["started before the network", "DHCP has not answered", "the address is on another interface"],
    "baton waits for addresses with waitForInterface, and baton check says what is where.",
  ),
  vrrp(
    "ip address associated with VRID … not present in MASTER advert",
    "The master's list of VIPs is another one.",
    ["the two files differ"],
    "Both directors of baton have one file; a peer with another list is an alarm, and baton doctor names both lists.",
  ),
  vrrp(
    "received an invalid ip number count associated with VRID",
    "The advert has more or fewer addresses than this file.",
    ["the two files differ", "another router uses the same virtual_router_id"],
    "baton doctor lists who says what under our router ids.",
  ),
  vrrp(
    "bogus VRRP packet received on …",
    "An advert was refused; the reason is in the line before.",
    ["another password, version, interval or list of VIPs", "another router with the same id"],
    "baton counts refused adverts by reason in baton status; baton doctor names version, list and password.",
  ),
  vrrp(
    "Dropping received VRRP packet",
    "An advert was refused; the reason is in the line before.",
    ["another password, version, interval or list of VIPs", "another router with the same id"],
    "baton doctor names what differs.",
  ),
  vrrp(
    "received an invalid passwd!",
    "The password of the advert is another one.",
    [
      "auth_pass differs: only eight characters count",
      "a stranger with the same virtual_router_id",
    ],
    "heartbeat.vrrp.passwordFile on both; over udp a secretFile signs, where a password is only read along.",
  ),
  vrrp(
    "invalid TTL. Received … and expect …",
    "The advert came through a router.",
    ["unicast peers on different networks", "a container's or cloud's router between the two"],
    "baton wants 255 as well; heartbeat.vrrp.minTtl lowers it for unicast.",
  ),
  vrrp(
    "invalid version. … and expect …",
    "The other side speaks another version of VRRP.",
    ["vrrp_version 3 on one side only"],
    "heartbeat.vrrp.version is 3 unless said otherwise; keepalived speaks 2 unless said otherwise.",
  ),
  vrrp(
    "advertisement interval mismatch mine=… rcved=…",
    "The intervals differ, which version 2 refuses.",
    ["advert_int differs"],
    "heartbeat.interval, the same as advert_int of the other side.",
  ),
  vrrp(
    "VRID … is duplicated on interface …",
    "Two instances of this file have one virtual_router_id on one interface.",
    ["a block that was copied"],
    "baton check refuses it, with line and column.",
  ),
  vrrp(
    "Truncating auth_pass to 8 characters",
    "Only eight characters of a password go into an advert.",
    ["a longer password"],
    "baton refuses a longer one in words, so that nobody takes it for stronger.",
  ),
  vrrp(
    "send advert error …",
    "The kernel did not take an advert.",
    [
      "1 (not permitted): a firewall on this host",
      "101 (unreachable): no route to the peer",
      "99: the address is gone",
    ],
    "baton doctor reads the rules for outgoing heartbeats; send errors show in baton status.",
  ),
  vrrp(
    "bind unicast_src … failed 99 - Cannot assign requested address",
    "The source address is not on this host, or still tentative.",
    ["started before the network", "IPv6: duplicate address detection is not over"],
    "baton waits for its address and says so; baton check names where it was sought.",
  ),
  vrrp(
    "cant do IP_ADD_MEMBERSHIP errno=No such device",
    "The group could not be joined on that interface.",
    ["the interface is not there yet"],
    "waitForInterface: true; baton opens its sockets when the interface comes.",
  ),
  vrrp(
    "WARNING - interface … for vrrp_instance … doesn't exist",
    "The file names an interface that this host does not have. In a reload it ends the whole daemon.",
    ["a misspelt name", "the interface comes later", "an alias such as eth0:0"],
    "baton check says which interfaces there are, and suggests the nearest.",
  ),
  vrrp(
    "Cant find interface … for vrrp_instance …",
    "The file names an interface that this host does not have.",
    ["a misspelt name", "the interface comes later", "an alias such as eth0:0"],
    "baton check says which interfaces there are, and suggests the nearest.",
  ),
  vrrp(
    "Netlink reports … down",
    "The kernel says that an interface went down.",
    ["a cable, a switch, somebody's ip link set down"],
    "baton reacts to the same; the instance is in fault until it is up, and status says so.",
  ),
  vrrp(
    "Netlink reflector reports IP … removed",
    "An address was taken off an interface: perhaps by keepalived itself.",
    ["the role changed", "a network manager or a person removed it"],
    "baton puts a VIP of its own back at once, and counts it as a repair. baton doctor looks for network managers.",
  ),
  vrrp(
    "A thread timer expired … seconds ago",
    "keepalived did not run for that long: it spoke too late.",
    ["a machine that was paused or migrated", "an overloaded host, a slow disk under the log"],
    "A director of baton that was held up listens before it claims; the lag of its loop is in baton status.",
  ),
  vrrp(
    "Syncing instances to … state",
    "A vrrp_sync_group moves its instances together.",
    ["one of them changed"],
    "group: at the instances; or one instance with all the VIPs.",
  ),
  vrrp(
    "the first IPv6 VIP address should be link local",
    "The RFC wants it so; vrrp_strict insists.",
    ["an IPv6 instance with global addresses only"],
    "baton sends the VIPs as the file lists them; put a link-local one first where a router insists.",
  ),
  vrrp(
    "Strict mode …",
    "vrrp_strict refuses what the RFC does not have, and adds firewall rules that drop packets to the VIPs.",
    ["vrrp_strict from an example file"],
    "baton never adds firewall rules.",
  ),
];
