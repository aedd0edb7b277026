/** http, https: a request is answered with a status, and a body, that are fine. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { open } from "./connect.ts";
import { type Head, parseBody, parseHead, requestOf } from "./http-message.ts";
import { requestByHttp2 } from "./http2.ts";
import { matches, shown, wanted } from "./match.ts";
import { type Attempt, down, type Outcome, type ProbeOf, up } from "./types.ts";

/** Of a body that is looked at; a longer one has failed. */
const MAX_BODY = 1_048_576;
/** With what its chunks add. */
const MAX_WIRE = 1.5 * MAX_BODY;
const TOO_LONG = "the body is longer than 1 MB";

type HttpProbe = ProbeOf<"http">;

export const askHttp = (probe: HttpProbe, attempt: Attempt): void =>
  request(probe, attempt, { path: probe.action.path, redirects: probe.action.redirects });

interface Way {
  readonly path: string;
  /** Redirects that may still be followed. */
  readonly redirects: number;
}

function request(probe: HttpProbe, attempt: Attempt, way: Way): void {
  const { action } = probe;
  open(probe, attempt, action.tls, (socket, warning) => {
    attempt.waitsFor("answer");
    const here = untilLeft(attempt);
    const more = (head: Head | undefined, bytes: Buffer, ended: boolean): void => {
      if (here.left()) return;
      if (!head) return ended ? attempt.end(down("closed before it had answered")) : undefined;
      if (way.redirects > 0 && REDIRECTS.has(head.status)) {
        here.leave();
        socket.destroy();
        return follow(probe, attempt, head, way.redirects - 1);
      }
      attempt.waitsFor("end of the body");
      const outcome = judge(probe, head, bytes, ended);
      if (outcome) attempt.end(outcome.ok ? { ...outcome, warning } : outcome);
    };
    if (speaksHttp2(socket)) {
      return requestByHttp2({ action, path: way.path }, socket, here, more);
    }
    listen(socket, (bytes, ended) => {
      const head = parseHead(bytes);
      if (head === "wrong") return attempt.end(down(`answers ${shown(bytes)}, which is no HTTP`));
      return more(head, bytes, ended);
    });
    socket.write(requestOf(action, way.path));
  });
}

/** One of several requests: what its connection says after a redirect is nobody's outcome. */
function untilLeft(
  attempt: Attempt,
): Pick<Attempt, "end" | "onEnd"> & { readonly leave: () => void; readonly left: () => boolean } {
  let left = false;
  return {
    end: (outcome) => {
      if (!left) attempt.end(outcome);
    },
    onEnd: (release) => attempt.onEnd(release),
    leave: () => {
      left = true;
    },
    left: () => left,
  };
}

const speaksHttp2 = (socket: Socket): boolean =>
  socket instanceof TLSSocket && socket.alpnProtocol === "h2";

/** All that has come so far, each time that more comes. */
function listen(socket: Socket, more: (bytes: Buffer, ended: boolean) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (part: Buffer) => {
    bytes = bytes.length === 0 ? part : Buffer.concat([bytes, part]);
    more(bytes, false);
  });
  socket.on("end", () => more(bytes, true));
}

/** Undefined while more has to come. */
function judge(
  { action }: HttpProbe,
  head: Head,
  bytes: Buffer,
  ended: boolean,
): Outcome | undefined {
  const { status, match, method } = action;
  const fine = status.some(([low, high]) => head.status >= low && head.status <= high);
  if (!fine) return down(`answers with status ${head.status}`);
  const note = `status ${head.status}`;
  if (!match || method === "HEAD") return up(note);
  if (bytes.length > head.length + MAX_WIRE) return down(TOO_LONG);
  const body = parseBody(head, bytes, ended);
  if (!body) return ended ? down("closed in the middle of the body") : undefined;
  if (body.length > MAX_BODY) return down(TOO_LONG);
  if (matches(match, body)) return up(note);
  const what = match.kind === "digest" ? "has another digest" : `does not match ${wanted(match)}`;
  return down(`status ${head.status}, but the body ${what}`);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function follow(probe: HttpProbe, attempt: Attempt, head: Head, redirects: number): void {
  const location = head.headers.get("location") ?? "";
  const scheme = probe.action.tls ? "https" : "http";
  const base = `${scheme}://${probe.action.host}`;
  if (!URL.canParse(location, `${base}${probe.action.path}`)) {
    return attempt.end(down(`redirects to ${location}, which is no address`));
  }
  const url = new URL(location, `${base}${probe.action.path}`);
  if (url.origin !== new URL(base).origin) {
    return attempt.end(down(`redirects to ${url.origin}, which is another server`));
  }
  return request(probe, attempt, { path: `${url.pathname}${url.search}`, redirects });
}
