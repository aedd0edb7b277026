/** dialogue: what is said and what is expected, in turn, over tcp, tls or udp. */
import { createSocket } from "node:dgram";
import { familyOf } from "../base/ip.ts";
import type { DialogueStep } from "../config/check-types.ts";
import { open } from "./connect.ts";
import { explain } from "./errors.ts";
import { matches, shown, wanted } from "./match.ts";
import { type Attempt, down, type ProbeOf } from "./types.ts";

/** Of what the server says between two steps. */
const MAX_HEARD = 65_536;

type DialogueProbe = ProbeOf<"dialogue">;

export function askDialogue(probe: DialogueProbe, attempt: Attempt): void {
  const { over, tls } = probe.action;
  if (over === "udp") return askUdp(probe, attempt);
  return open(probe, attempt, over === "tls" ? tls : undefined, (socket, warning) => {
    const talk = new Talk(probe.action.steps, attempt, {
      warning,
      send: (text) => socket.write(Buffer.from(text, "latin1")),
    });
    socket.on("data", (part: Buffer) => talk.hear(part));
    socket.on("end", () => talk.closed());
    talk.goOn();
  });
}

function askUdp({ action, target, source }: DialogueProbe, attempt: Attempt): void {
  const socket = createSocket(familyOf(target.address) === 4 ? "udp4" : "udp6");
  attempt.onEnd(() => socket.close());
  socket.on("error", (error) => attempt.end(down(explain(error))));
  socket.bind({ port: 0, ...(source !== undefined && { address: source }) }, () =>
    socket.connect(target.port, target.address, () => {
      const talk = new Talk(action.steps, attempt, {
        warning: undefined,
        send: (text) => socket.send(Buffer.from(text, "latin1")),
      });
      socket.on("message", (part) => talk.hear(part));
      talk.goOn();
    }),
  );
}

/** The state of one conversation. */
class Talk {
  readonly #steps: readonly DialogueStep[];
  readonly #attempt: Attempt;
  readonly #line: { readonly warning: string | undefined; readonly send: (text: string) => void };
  #at = 0;
  /** What was heard since this side spoke last. */
  #heard: Buffer = Buffer.alloc(0);

  constructor(
    steps: readonly DialogueStep[],
    attempt: Attempt,
    line: { readonly warning: string | undefined; readonly send: (text: string) => void },
  ) {
    this.#steps = steps;
    this.#attempt = attempt;
    this.#line = line;
  }

  hear(part: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, part]);
    if (this.#heard.length > MAX_HEARD) return this.#attempt.end(down("it says too much"));
    this.goOn();
  }

  closed(): void {
    const step = this.#steps[this.#at];
    if (!step) return;
    const heard = this.#heard.length > 0 ? ` after ${shown(this.#heard)}` : "";
    this.#attempt.end(down(`closed${heard} instead of ${wanted(step)}`));
  }

  /** As far as it goes with what was heard. */
  goOn(): void {
    for (let step = this.#steps[this.#at]; step; step = this.#steps[this.#at]) {
      if (step.kind === "send") {
        this.#heard = Buffer.alloc(0);
        this.#line.send(step.text);
      } else if (!matches(step, this.#heard)) return this.#wait(step);
      this.#at++;
    }
    const { warning } = this.#line;
    this.#attempt.end({ ok: true, note: "answers as expected", warning });
  }

  #wait(step: Exclude<DialogueStep, { kind: "send" }>): void {
    const heard = this.#heard;
    // A beginning that is another one can not become right any more.
    const start = Buffer.from(step.text, "latin1").subarray(0, heard.length);
    if (step.kind === "prefix" && !start.equals(heard.subarray(0, start.length))) {
      return this.#attempt.end(down(`says ${shown(heard)} instead of ${wanted(step)}`));
    }
    const said = heard.length > 0 ? ` after ${shown(heard)}` : "";
    this.#attempt.waitsFor(`${wanted(step)}${said}`);
  }
}
