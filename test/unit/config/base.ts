/** A valid file with every key in it, and transcripts of what happens when a part is spoiled. */
import { readFileSync } from "node:fs";

export const BASE = `cluster: pair
directors:
  lb1:
    priority: 150
    paths:
      - address: 192.168.60.130
        interface: eth0
      - address: 10.9.9.130
        interface: eth1
  lb2:
    priority: 100
    paths:
      - address: 192.168.60.131
      - address: 10.9.9.131
heartbeat:
  transport: udp
  interval: 500ms
  missed: 4
  port: 8113
  multicast: 239.255.81.12
  secretFile: /etc/baton/heartbeat.key
  vrrp:
    version: 2
    unicast: true
    group4: 224.0.0.19
    group6: ff02::13
    passwordFile: /etc/baton/vrrp.password
    checksumAsV2: false
    minTtl: 254
    peers: { lb2: { minTtl: 250, maxTtl: 254 } }
instances:
  web:
    routerId: 51
    interface: eth2
    vips:
      - 192.168.60.100
      - address: 10.20.0.1
        interface: eth3
        excluded: true
        scope: link
        noPrefixRoute: true
    routes:
      - { to: 10.50.0.0/16, via: 192.168.60.1, table: 100, metric: 5 }
      - { to: default, interface: eth8, source: 192.168.60.7, type: unicast }
    rules:
      - { from: 10.60.0.0/24, to: default, table: 101, priority: 1000 }
      - { interface: eth9, mark: 9, family: ipv6, table: 102, priority: 1001 }
    sources: { lb1: 192.168.60.3 }
    trackInterface: false
    vrrp: { unicast: false }
    track:
      - uplink
      - { name: alive, weight: -20, reverse: false }
    notify:
      any: [/usr/local/bin/notify, web]
      master: [/usr/local/bin/master]
      backup: [/usr/local/bin/backup]
      fault: [/usr/local/bin/fault]
      stop: [/usr/local/bin/stop]
      deleted: [/usr/local/bin/deleted]
      lowerPriority: [/usr/local/bin/rival]
      priorityChanges: true
      timeout: 20s
      user: nobody:nogroup
    priorities:
      lb2: 200
    preempt:
      after: 60s
    witness:
      addresses: [192.168.60.1]
      hold: 20s
connectionSync:
  interface: eth4
  syncId: 7
  group: 224.0.0.81
  port: 8849
  ttl: 2
  maxLength: 1472
tracks:
  uplink: { interface: eth7 }
  alive: { script: [/usr/local/bin/alive, now], interval: 3s, timeout: 2s, rise: 5, fall: 6 }
  number: { file: /etc/baton/number }
  named: { process: named }
  other: { script: [/usr/local/bin/other], user: www, startsFailed: true }
  several: { process: { name: worker, min: 2, max: 8 } }
  exactly: { process: { command: [/usr/sbin/named, -f], match: partial } }
notifyFifo: /run/baton/notify
serviceFifo: /run/baton/services
notifyFifoScript: { command: [/bin/cat], user: nobody }
serviceFifoScript: { command: [/bin/cat, -u] }
serverSets:
  spare: [10.20.0.20-22, { address: 10.20.0.23, weight: 5 }]
services:
  http:
    listen: tcp 192.168.60.100:80
    scheduler: wrr
    forward: nat
    persistence: 300s
    netmask: 255.255.255.0
    engine: sip
    flags: [onePacket]
    tunnel: { type: gue, port: 5555, checksum: remote }
    check:
      - type: https
        interval: 2s
        timeout: 1500ms
        connectTimeout: 500ms
        jitter: 100ms
        rise: 3
        fall: 4
        source: 10.20.0.1
        address: 10.20.0.99
        port: 8443
        method: POST
        host: shop.example
        path: /health
        headers:
          X-Probe: baton
        body: ping
        status: [204, 200-203]
        contains: fine
        redirects: 1
        http2: true
        verify: true
        serverName: shop.example
        caFile: /etc/baton/ca.pem
        warnBefore: 30d
      - { type: http, regex: ^ok }
      - { type: http, digest: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }
      - { type: dns, name: example, recordType: A, rcode: NXDOMAIN, answer: 10.1.1.1, over: tcp }
      - { type: smtp, hello: baton.example }
      - type: dialogue
        steps:
          - expect: "+PONG"
          - send: PING
          - contains: PONG
          - regex: ^PONG
      - { type: udp, send: hello, reply: true }
      - type: exec
        command: [/usr/local/bin/probe, --fast]
        weightFromExit: true
        user: 65534
        minWeight: 1
        maxWeight: 9
    onFailure: weight0
    removal: drain
    drainLimit: 20m
    assumeUp: true
    slowStart: 30s
    damping: { flaps: 5, within: 2m, hold: 3m }
    quorum: 2
    hysteresis: 1
    quorumPenalty: 60
    onQuorum: { up: [/bin/true, gained], down: [/bin/false, lost], user: daemon }
    doubt: { share: 34, patience: 20s }
    fallback: [10.20.0.90:80]
    sets: [spare]
    servers:
      - 10.20.0.11:80
      - address: 10.20.0.12:8080
        weight: 2
        forward: nat
        upperThreshold: 100
        lowerThreshold: 80
        onFailure: remove
        notify: { up: [/bin/up, s2], down: [/bin/down, s2], user: man }
        check: none
  marked:
    listen: mark 7
    family: ipv4
    instance: web
    forward: dr
    servers: [10.20.0.13]
alerts:
  ops:
    mail:
      server: mail.example.net:587
      over: tls
      verify: false
      caFile: /srv/mail-ca.pem
      passwordFile: /etc/baton/mail.password
      from: baton@example.net
      to: [ops@example.net]
      hello: lb.example.net
      connectTimeout: 9s
    remind: 6h
  chat:
    webhook:
      url: https://chat.example.net/hook
      headers: { X-Source: balancer }
      tokenFile: /etc/baton/chat.token
      verify: false
      caFile: /srv/chat-ca.pem
    events: [quorum]
    timeout: 11s
    retryFor: 2h
    limit: { deliveries: 7, within: 90s }
  pager:
    exec: [/usr/local/bin/page]
    user: pager
    'instances': [web]
    groups: []
    'services': [http]
    by: each
ipvs:
  table: own
  timeouts:
    tcp: 15m
    tcpFin: 2m
    udp: 5m
announce:
  repeat: 4
  delay: 4s
  interval: 10ms
  refresh: 2m
metrics:
  listen: 127.0.0.1:9101
page:
  listen: 127.0.0.1:9202
  tokenFile: /etc/baton/page.token
  names: [lb.example.net]
startDelay: 10s
vipLease: 3s
waitForInterface: true
onStop: remove
`;

export interface Spoiled {
  readonly text: string;
  /** Where the « stood, as `LINE:COLUMN`. */
  readonly at: string;
}

/** Replaces text that is there once; « in the new text marks where the problem is expected. */
export function spoil(old: string, replacement: string, base: string = BASE): Spoiled {
  const pieces = base.split(old);
  if (pieces.length !== 2) throw new Error(`${old} is there ${pieces.length - 1} times`);
  const marked = pieces.join(replacement);
  const index = marked.indexOf("«");
  if (index < 0 || marked.includes("«", index + 1)) throw new Error(`one « in ${replacement}`);
  const before = marked.slice(0, index).split("\n");
  return {
    text: marked.replace("«", ""),
    at: `${before.length}:${(before.at(-1) ?? "").length + 1}`,
  };
}

export interface Mistake {
  readonly old: string;
  readonly replacement: string;
  /** `SEVERITY: KEY: message`, and the remedy. */
  readonly report: string;
}

/** Blocks of `<` lines (what is replaced), `>` lines (by what), and the report. */
export function readMistakes(name: string): Mistake[] {
  const text = readFileSync(new URL(`mistakes/${name}.txt`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const lines = block.split("\n");
      const marked = (mark: string): string =>
        lines
          .flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []))
          .join("\n");
      const report = lines.filter((line) => !/^[<>] /.test(line)).join("\n");
      return { old: marked("< "), replacement: marked("> "), report };
    });
}
