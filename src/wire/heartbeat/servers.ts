/** Records about servers in heartbeats: what people decided, what the checks find.
 *
 * ```
 * record 16, decision: action (8) | 0 (8) | port (16) | version (32) | director (32) | left ms (32)
 *                      | address, service, who, reason, time: length (8) and text each
 * record 17, health:   flags (8), 1 = more services than are listed | 0 (24)
 *                      | per service: id (32) | servers up (16), 0xffff = not known yet | 0 (16)
 * ```
 */
import { type ByteReader, type ByteWriter, DecodeError } from "../../base/bytes.ts";
import { ms } from "../../base/units.ts";
import type { Decision, HealthReport, ServiceReport } from "./types.ts";

const ACTIONS: readonly Decision["action"][] = ["drain", "disable", "enable"];
const MORE = 1;
const UNKNOWN = 0xffff;
const MAX_U32 = 0xffffffff;
/** Octets of each text; what is longer is cut by who says it. */
export const MAX_TEXT = { address: 45, service: 63, who: 32, reason: 100, time: 24 } as const;

export function putDecision(writer: ByteWriter, decision: Decision): void {
  writer.u8(ACTIONS.indexOf(decision.action)).u8(0).u16(decision.port);
  writer.u32(decision.version).u32(decision.director);
  writer.u32(Math.min(Math.max(Math.ceil(decision.left), 0), MAX_U32));
  for (const key of Object.keys(MAX_TEXT) as (keyof typeof MAX_TEXT)[]) {
    const bytes = new TextEncoder().encode(decision[key]).subarray(0, MAX_TEXT[key]);
    writer.u8(bytes.length).bytes(bytes);
  }
}

export function takeDecision(reader: ByteReader): Decision {
  const action = ACTIONS[reader.u8()];
  if (!action) throw new DecodeError("action");
  reader.skip(1);
  const port = reader.u16();
  const version = reader.u32();
  const director = reader.u32();
  const left = ms(reader.u32());
  const text = (): string => new TextDecoder().decode(reader.take(reader.u8()));
  const [address, service, who, reason, time] = [text(), text(), text(), text(), text()];
  return { action, port, version, director, left, address, service, who, reason, time };
}

export function putHealth(writer: ByteWriter, { more, services }: HealthReport): void {
  writer.u8(more ? MORE : 0).zeros(3);
  for (const { id, up } of services) {
    writer
      .u32(id)
      .u16(up === undefined ? UNKNOWN : Math.min(up, UNKNOWN - 1))
      .zeros(2);
  }
}

export function takeHealth(reader: ByteReader): HealthReport {
  const more = (reader.u8() & MORE) !== 0;
  reader.skip(3);
  const services: ServiceReport[] = [];
  while (reader.remaining > 0) {
    const id = reader.u32();
    const up = reader.u16();
    reader.skip(2);
    services.push({ id, up: up === UNKNOWN ? undefined : up });
  }
  return { more, services };
}
