/** The one switch over the kinds of probes. */
import type { Probe } from "../config/check-types.ts";
import { askDialogue } from "./dialogue.ts";
import { askDns } from "./dns.ts";
import { askExec } from "./exec.ts";
import { askFile } from "./file.ts";
import { askHttp } from "./http.ts";
import type { Pinger } from "./ping.ts";
import { askTcp } from "./tcp.ts";
import { askTls } from "./tls.ts";
import type { Attempt, ProbeOf } from "./types.ts";
import { askUdp } from "./udp.ts";

export function ask(probe: Probe, attempt: Attempt, pinger: Pinger): void {
  switch (probe.action.kind) {
    case "tcp":
      return askTcp(probe as ProbeOf<"tcp">, attempt);
    case "http":
      return askHttp(probe as ProbeOf<"http">, attempt);
    case "tls":
      return askTls(probe as ProbeOf<"tls">, attempt);
    case "dialogue":
      return askDialogue(probe as ProbeOf<"dialogue">, attempt);
    case "dns":
      return askDns(probe as ProbeOf<"dns">, attempt);
    case "udp":
      return askUdp(probe as ProbeOf<"udp">, attempt);
    case "ping":
      return pinger.ask(probe as ProbeOf<"ping">, attempt);
    case "exec":
      return askExec(probe as ProbeOf<"exec">, attempt);
    case "file":
      return askFile(probe as ProbeOf<"file">, attempt);
  }
}
