/** dns: a question is answered with the code, and the data, that are expected. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { messageOf } from "../base/errors.ts";
import { familyOf, parseIp } from "../base/ip.ts";
import { open } from "./connect.ts";
import { type DnsAnswer, decodeAnswer, encodeQuestion } from "./dns-message.ts";
import { explain } from "./errors.ts";
import { type Attempt, down, type Outcome, type ProbeOf, up } from "./types.ts";

type DnsProbe = ProbeOf<"dns">;

export function askDns(probe: DnsProbe, attempt: Attempt): void {
  const { over, name, recordType } = probe.action;
  const id = randomInt(0x10000);
  const question = encodeQuestion(id, name, recordType);
  const hear = (message: Uint8Array): void => {
    const outcome = judge(probe, id, message);
    if (outcome) attempt.end(outcome);
  };
  if (over === "tcp") overTcp(probe, attempt, question, hear);
  else overUdp(probe, attempt, question, hear);
}

type Hear = (message: Uint8Array) => void;

/** RFC 1035 §4.2.2: two octets of length before each message. */
function overTcp(probe: DnsProbe, attempt: Attempt, question: Uint8Array, hear: Hear): void {
  open(probe, attempt, undefined, (socket) => {
    attempt.waitsFor("answer");
    let bytes: Buffer = Buffer.alloc(0);
    socket.on("data", (part: Buffer) => {
      bytes = Buffer.concat([bytes, part]);
      if (bytes.length < 2) return;
      const length = bytes.readUInt16BE(0);
      if (bytes.length >= 2 + length) hear(bytes.subarray(2, 2 + length));
    });
    socket.on("end", () => attempt.end(down("closed before it had answered")));
    socket.write(Buffer.from([question.length >> 8, question.length & 0xff, ...question]));
  });
}

function overUdp(probe: DnsProbe, attempt: Attempt, question: Uint8Array, hear: Hear): void {
  const { target, source } = probe;
  attempt.waitsFor("answer");
  const socket = createSocket(familyOf(target.address) === 4 ? "udp4" : "udp6");
  attempt.onEnd(() => socket.close());
  socket.on("error", (error) => attempt.end(down(explain(error))));
  socket.on("message", hear);
  socket.bind({ port: 0, ...(source !== undefined && { address: source }) }, () =>
    socket.connect(target.port, target.address, () => socket.send(question)),
  );
}

/** Undefined for what answers somebody else. */
function judge({ action }: DnsProbe, id: number, message: Uint8Array): Outcome | undefined {
  let found: DnsAnswer | undefined;
  try {
    found = decodeAnswer(message, id, action.recordType);
  } catch (error) {
    return down(`the answer is no DNS: ${messageOf(error)}`);
  }
  if (!found) return undefined;
  const { rcode, answers, truncated } = found;
  if (rcode !== action.rcode) return down(`answers ${rcode} instead of ${action.rcode}`);
  if (
    action.answer === undefined ||
    truncated ||
    answers.some(isLike(action.answer, action.recordType))
  ) {
    return up(`answers ${rcode}`);
  }
  const list = answers.length > 0 ? answers.join(", ") : "nothing";
  return down(`answers ${list} instead of ${action.answer}`);
}

/** Names have no case and may end with a dot; an address has several spellings. */
function isLike(wanted: string, recordType: string): (answer: string) => boolean {
  if (recordType === "TXT") return (answer) => answer === wanted;
  const plain = (text: string): string => text.replace(/\.$/, "").toLowerCase();
  const address = parseIp(wanted);
  return (answer) => answer === (address ?? wanted) || plain(answer) === plain(wanted);
}
