/** Messages of pulse, its init script and lvsd. */
import { type OldMessage, saidBy } from "./types.ts";

const pulse = saidBy("pulse");
const init = saidBy("pulse's init script");
const lvsd = saidBy("lvsd");

export const PULSE_MESSAGES: readonly OldMessage[] = [
  pulse(
    "cannot create heartbeat socket. running as root?",
    "The UDP socket for heartbeats could not be opened or bound. The words blame root for all of it.",
    [
      "the own address is on an alias (eth0:0), so pulse took itself for the other node and bound its address",
      "the address is not on this host yet: started before the network, or changed by DHCP",
      "another pulse, or an lvsd or nanny left over, has the port (539)",
      "it really was not root, and 539 is below 1024",
    ],
    "baton finds itself by any address on any interface, alias or not, says which address it sought and what it found, and names the program that has its port. Look with: baton check; baton doctor",
  ),
  pulse(
    "failed to bind to heartbeat address: …",
    'The line in the log that belongs to "cannot create heartbeat socket".',
    [
      "the address in primary or backup is on no interface of this host",
      "pulse took the wrong role, and bound the other node's address",
      "the port is taken",
    ],
    "baton check says which address was sought, and which ones this host has.",
  ),
  pulse(
    "failed to create UDP socket",
    "The kernel gave pulse no socket.",
    ["no memory or no descriptors left"],
    "baton says which call failed, with the kernel's own word for it.",
  ),
  pulse(
    "SIOCGIFADDR failed: Cannot assign requested address",
    "An interface has no IPv4 address under its plain name.",
    [
      "an idle interface: harmless",
      "the own address is on an alias only, and then the role is told wrongly a moment later",
    ],
    "baton reads all addresses by netlink, where a label is only a label. baton doctor notes an alias.",
  ),
  pulse(
    "We are backup node and backup is marked inactive -- exiting pulse",
    "No interface had the address of primary, so pulse took itself for the backup, and backup_active was 0.",
    [
      "the own address is on an alias or is a secondary one",
      "the file is another host's",
      "the address was not there yet when pulse started",
    ],
    "baton never guesses its role from one address: no director's address here is an error with what was sought and found; waitForInterface waits for what comes later.",
  ),
  init(
    "pulse dead but subsys locked",
    "pulse started, the script took that for a success and left its lock, and the process ended a moment later.",
    [
      '"We are backup node and backup is marked inactive" in the log: very often the own address on eth0:0',
      "any other end after pulse had gone into the background",
    ],
    "baton is READY for systemd only when it is a director, and refuses with a sentence otherwise. baton status says what a dead daemon left behind; baton doctor says why it will not start.",
  ),
  init(
    "pulse dead but pid file exists",
    "The process was killed or crashed.",
    ["kill -9, no memory, a crash"],
    "baton's guard takes the addresses off a dead daemon, and its peer takes over at once. baton status shows what is left; baton release takes it off.",
  ),
  pulse(
    "Undefined backup node marked as active? -- clearing that!",
    "backup_active was 1 without a backup.",
    ["a file that was edited by hand"],
    "In baton.yaml a pair is two entries under directors: there is nothing to switch on.",
  ),
  pulse(
    "partner dead: activating lvs",
    "Nothing was heard of the partner for deadtime: this node took over.",
    [
      "the partner is down",
      "a firewall drops UDP 539, or the ports differ",
      "a wrong private address, a step of the clock, deadtime not longer than keepalive",
    ],
    "The same event is a transition to master with its cause in baton status. baton doctor looks at the firewall and asks for the peer; what is heard shows in baton status.",
  ),
  pulse(
    "partner active: resending arps",
    "Both nodes were active: each told the network that the addresses are its own. Repeated, it is a split brain.",
    ["heartbeats get through one way only", "a switch or a firewall between the two"],
    "Two masters of baton settle by rule once they hear each other, and a deaf one gives way. baton doctor asks who answers for the VIPs.",
  ),
  pulse(
    "Unexpected heartbeat from …",
    "A datagram came from an address that is not the partner's.",
    ["NAT or a secondary source address", "another cluster on the same port"],
    "baton counts what is not signed for this cluster by reason (baton status), and touches nothing for it.",
  ),
  pulse(
    "bad heartbeat packet",
    "A datagram that is no heartbeat of pulse.",
    ["another program or another version on that port"],
    "baton counts it as discarded, with the reason, in baton status.",
  ),
  pulse(
    "Incompatible heartbeat received",
    "The partner speaks of another kind of service, or with other octet order.",
    ["one node in lvs mode, the other in fos"],
    "Heartbeats of baton carry a version; what differs shows in baton status.",
  ),
  pulse(
    "Bad remote address size from recvfrom",
    "A datagram with an address that is no IPv4 one.",
    ["foreign traffic"],
    "It has no counterpart: sockets of baton are of one family each.",
  ),
  pulse(
    "Warning -- failed to send heartbeat",
    "The kernel did not take a heartbeat.",
    ["EPERM: a firewall on this host", "no route, or the link is down"],
    "baton counts send errors by their code; baton doctor reads the rules of nftables for outgoing heartbeats.",
  ),
  pulse(
    "recvfrom() failed: …",
    "Reading the socket failed.",
    ["the network went down below it"],
    "baton opens its paths anew when an address comes back.",
  ),
  pulse(
    "select() failed: …",
    "Waiting for the sockets failed.",
    ["a signal at the wrong moment, or no memory"],
    "It has no counterpart.",
  ),
  pulse(
    "Couldn't execute …",
    "A program that pulse runs is missing.",
    ["lvsd, send_arp or ip is not installed or not in its place"],
    "baton speaks to the kernel itself. Programs that you name (notify, checks, tracks) are looked at by baton check.",
  ),
  pulse(
    "Child process … exited",
    "lvsd ended, and pulse with it: the node failed over.",
    ["see the line of lvsd before it, usually that nanny died"],
    "There are no such children: a check that fails takes one server out, and nothing else.",
  ),
  pulse(
    "I SEEM TO HAVE A NETWORK FAULT!",
    "In fos mode: the default gateway did not answer, so this node did not take over.",
    ["this node is cut off"],
    "That is baton's witness: an instance with a witness waits with a takeover while it seems cut off itself.",
  ),
  pulse(
    "Network fault seems to be fixed",
    "In fos mode: the gateway answers again.",
    ["the network came back"],
    "baton listens for an interval before it claims anything.",
  ),
  pulse(
    "Notifying partner WE are taking control!",
    "In fos mode: this node told its partner to stop.",
    ["the services of the partner did not answer"],
    "baton hands over make before break; see baton status for the times.",
  ),
  pulse(
    "PARTNER HAS TOLD US TO GO INACTIVE!",
    "In fos mode: the partner took over and told this node to stop.",
    ["the partner found a service here not answering"],
    "With baton look at why servers count as failed: baton explain SERVER.",
  ),
  pulse(
    "remote service unavailable; gateway unavailable",
    "In fos mode: neither the partner's service nor the gateway answered.",
    ["this node is cut off"],
    "That is baton's witness; see baton status for its answer.",
  ),
  lvsd(
    "nanny died! shutting down lvs",
    "A checker ended, and with hard_shutdown the whole director gave up.",
    ["ipvsadm failed below it: a duplicate service, a missing module, a bad scheduler"],
    "A check of baton that fails in any way counts against its server alone. baton explain SERVER tells its last changes.",
  ),
  lvsd(
    "nanny for child … died! shutting down lvs",
    "The checker of one server ended, and with hard_shutdown the whole director gave up.",
    ["ipvsadm failed below it"],
    "A check of baton that fails in any way counts against its server alone.",
  ),
  lvsd(
    "nanny for child … died! … manual action needed!",
    "The checker of one server ended; hard_shutdown was 0, so the server stayed unwatched.",
    ["ipvsadm failed below it"],
    "baton's checks are threads' work that is begun anew; nothing is left unwatched.",
  ),
  lvsd(
    "ipvsadm failed for virtual server …",
    "The kernel refused a virtual service.",
    ["no module for the scheduler", "the service exists already", "a scheduler that is none"],
    "baton check and baton doctor name the module; the kernel's refusal is in baton status.",
  ),
  lvsd(
    "ipvsadm failed to set timeouts",
    "The kernel refused the timeouts.",
    ["ip_vs is not loaded"],
    "baton doctor says whether the module is there: modprobe ip_vs",
  ),
  lvsd(
    "lvs: error parsing … on line …",
    "The file could not be read again; the reason was not said.",
    ["a brace, a quote or a key in the wrong block"],
    "baton check says file, line, column, what is wrong and what to write instead.",
  ),
  lvsd(
    "create_monitor for … running as pid …",
    "A checker was started: ordinary.",
    ["a start or a reload"],
    "baton status shows each check with its last answer.",
  ),
  lvsd(
    "shutting down virtual service …",
    "The service was taken out of the table: at a stop, a reload, or because one of its servers left the file.",
    ["lvsd takes a whole service down to remove a server"],
    "baton changes what differs, and nothing else.",
  ),
  lvsd(
    "shutting down due to signal …",
    "Somebody stopped it: ordinary.",
    ["service pulse stop, or pulse failing over"],
    "A stop of baton is a handover: systemctl stop baton",
  ),
];
