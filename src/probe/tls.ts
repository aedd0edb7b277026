/** tls: a handshake succeeds, with a certificate that is good unless that does not matter. */
import { open } from "./connect.ts";
import { type Attempt, type ProbeOf } from "./types.ts";

export const askTls = (probe: ProbeOf<"tls">, attempt: Attempt): void =>
  open(probe, attempt, probe.action.tls, (_socket, warning) =>
    attempt.end({ ok: true, note: "speaks TLS", warning }),
  );
