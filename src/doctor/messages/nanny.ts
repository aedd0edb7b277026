/** Messages of nanny, pulse's checker, and of ipvsadm below it. */
import { type OldMessage, saidBy } from "./types.ts";

const nanny = saidBy("nanny");
const ipvsadm = saidBy("ipvsadm");
const kernel = saidBy("the kernel");

export const NANNY_MESSAGES: readonly OldMessage[] = [
  nanny(
    "[ active ] making … available",
    "The server passed its checks and went into the table.",
    ["it was started, or came back"],
    "The same is a change to up in baton explain SERVER, with the reason.",
  ),
  nanny(
    "[inactive] shutting down … due to connection failure",
    "One check failed, and the server went out of the table.",
    ["see the line before it: CONNECT or READ timed out, or the answer was another one"],
    "baton explain SERVER shows the reason; fall says how many failures it takes, where nanny took one.",
  ),
  nanny(
    "CONNECT to … timed out",
    "No TCP connection within the timeout.",
    ["the server is down or overloaded", "a firewall on it drops the director's address"],
    "A check of type tcp says the same in baton explain SERVER.",
  ),
  nanny(
    "READ to … timed out",
    "The server took the connection and said nothing in time.",
    ["it is overloaded", "the protocol waits for the client to speak first: send was missing"],
    "In baton: check: { type: dialogue, steps: [...] }, with a timeout of its own.",
  ),
  nanny(
    "READ from … was too short",
    "Less came than expect has.",
    ["the answer came in two segments, and nanny reads once"],
    "baton's dialogue reads until it matches or the time is over.",
  ),
  nanny(
    "Trouble. Received results are not what we expected",
    "The answer did not begin with expect.",
    ["another page, a redirect, an error of the application"],
    "A check of type http has status, contains and regex; baton explain SERVER shows what came.",
  ),
  nanny(
    "Ran the external sending program to … but didn't get anything back",
    "send_program printed nothing. With expect that counted as a success.",
    ["it ran out of time, or failed"],
    "A check of type exec goes by the exit code, and a timeout is a failure.",
  ),
  nanny(
    "failed to read remote load",
    "load_monitor did not work, so the weight stayed.",
    ["ruptime or rsh is not there"],
    "In baton: check: { type: exec, weightFromExit: true }",
  ),
  nanny(
    "bad load average returned",
    "load_monitor said something that is no number.",
    ["a program that prints more than the load"],
    "In baton: check: { type: exec, weightFromExit: true }",
  ),
  nanny(
    "The following exited abnormally: …",
    "A program that nanny ran ended with an error.",
    ["send_program or load_monitor"],
    "baton explain SERVER shows the exit code and the first line of what it said.",
  ),
  nanny(
    "timeout running the following: …",
    "A program that nanny ran took too long.",
    ["send_program or load_monitor hangs"],
    "In baton a check has a timeout; the program and its children are ended then.",
  ),
  nanny(
    "failed to create ping socket",
    "nanny may not open raw sockets.",
    ["it is not root, or CAP_NET_RAW is missing"],
    "A check of type ping needs no right of its own; baton doctor looks at the daemon's.",
  ),
  nanny(
    "no monitor configured, assuming web service on port 80",
    "Nothing said how to ask the server, so nanny asked for a web page.",
    ["neither send, expect nor send_program"],
    "Say it: check: { type: http, path: / }. A service without check is never judged.",
  ),
  ipvsadm(
    "Can't initialize ipvs: Protocol not available",
    "The kernel has no IPVS.",
    ["the module ip_vs is not loaded, and could not be", "a container: its host has to load it"],
    "modprobe ip_vs; baton doctor says whether that can work.",
  ),
  ipvsadm(
    "Memory allocation problem",
    "The kernel knows no such service, or had no memory: ipvsadm has one sentence for both.",
    ["a server was added to a service that is not there"],
    "baton ipvsadm says the same, for scripts; baton status shows the table.",
  ),
  kernel(
    "nf_conntrack: table full, dropping packet",
    "Connection tracking has no room: new connections are dropped.",
    ["a filter with ct state on a busy director", "nf_conntrack_max is small"],
    "baton doctor shows how full it is. Raise net.netfilter.nf_conntrack_max, or notrack the services.",
  ),
  kernel(
    "IPv4: martian source … from …",
    "A packet came in by an interface where its source does not belong, or from an own address.",
    [
      "rp_filter with two ways to one network",
      "a real server sends through the director with the VIP as its source",
    ],
    "baton doctor judges rp_filter for the VIPs and the heartbeats.",
  ),
  kernel(
    "IPv6: … duplicate address … detected",
    "Another host has this address: the kernel does not use it.",
    ["the VIP was left behind on the other director"],
    "baton puts VIPs on without that detection, and baton doctor asks who answers for them.",
  ),
];
