/** Events in words: for people, for programs, in keepalived's own. */
import { never } from "../../base/invariant.ts";
import { endpointName } from "../../base/service.ts";
import type { Config } from "../../config/types.ts";
import type { ServiceKey } from "../../wire/ipvs/types.ts";
import type { AlertEvent, Told } from "./types.ts";

/** `web is master: lb2 was silent for 755ms`. */
export function sentenceOf({ event, still }: Pick<Told, "event" | "still">): string {
  const is = still ? "is still" : "is";
  switch (event.subject) {
    case "instance":
      return `${event.instance} ${is} ${stateWords(event.state)}: ${event.why}`;
    case "group":
      return `group ${event.group} ${is} ${stateWords(event.state)}: ${event.why}`;
    case "server":
      return `server ${event.server} of ${event.service} ${is} ${event.state}: ${event.why}`;
    case "quorum": {
      const weight = still ? "" : `, weight ${event.up} of ${event.wanted} is up`;
      return `${event.service}: the quorum ${is} ${event.state}${weight}`;
    }
    default:
      return never(event);
  }
}

const stateWords = (state: string): string => {
  if (state === "fault") return "in fault";
  return state === "stop" ? "stopped" : state;
};

/** A letter of one event or more. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  /** The body of a webhook's request. */
  readonly json: string;
}

export interface Sender {
  readonly cluster: string;
  readonly director: string;
}

/** `untold`: so many events before these were lost. */
export function letterOf(sender: Sender, told: readonly Told[], untold: number): Letter {
  const [first] = told;
  const sentences = told.map(sentenceOf);
  const head = told.length === 1 ? "" : `${told.length} events: `;
  const more = untold === 0 ? [] : [`${untold} events before these were lost.`];
  const subject = `[${sender.cluster} ${sender.director}] ${head}${sentences[0] ?? ""}`;
  const lines = told.map(({ time }, i) => `${time}  ${sentences[i] ?? ""}`);
  const json = {
    format: 1,
    ...sender,
    time: first?.time,
    // What chat programs show.
    text: [`${sender.director}: ${sentences.join("\n")}`, ...more].join("\n"),
    lost: untold,
    events: told.map(({ event, still, time }, i) => ({
      ...event,
      still,
      time,
      text: sentences[i],
    })),
  };
  return { subject, text: [...lines, ...more, ""].join("\n"), json: JSON.stringify(json) };
}

/** As keepalived writes it to its pipe: `INSTANCE web MASTER 150`, `RS [10.0.0.1]:tcp:80 … DOWN`. */
export function wordsOf(event: AlertEvent, { services }: Config): readonly string[] {
  switch (event.subject) {
    case "instance":
      return ["INSTANCE", event.instance, event.state.toUpperCase(), String(event.priority)];
    case "group":
      return ["GROUP", event.group, event.state.toUpperCase(), "0"];
    case "server":
    case "quorum": {
      const service = services.find(({ name }) => name === event.service);
      const virtual = service ? virtualName(service.service.key) : event.service;
      if (event.subject === "quorum") {
        return ["VS", virtual, event.state === "held" ? "UP" : "DOWN"];
      }
      const real = service?.servers.find((one) => endpointName(one) === event.server);
      const protocol = service ? protocolOf(service.service.key) : "tcp";
      const server = real ? `[${real.address}]:${protocol}:${real.port}` : event.server;
      return ["RS", server, virtual, event.state.toUpperCase()];
    }
    default:
      return never(event);
  }
}

const protocolOf = (key: ServiceKey): string => (key.kind === "mark" ? "none" : key.protocol);

const virtualName = (key: ServiceKey): string =>
  key.kind === "mark" ? `FWM ${key.mark}` : `[${key.address}]:${key.protocol}:${key.port}`;

/** For a program's environment. */
export function environmentOf(event: AlertEvent): Readonly<Record<string, string>> {
  const { subject, ...rest } = event;
  const named = Object.entries(rest).map(([key, value]): [string, string] => [
    `BATON_${key.toUpperCase()}`,
    String(value),
  ]);
  return { BATON_EVENT: subject, ...Object.fromEntries(named) };
}
