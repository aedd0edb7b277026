/** Why an instance changed its state: the evidence, and the sentence that status and log print. */
import { never } from "../../base/invariant.ts";
import { formatDuration, type Millis } from "../../base/units.ts";

/** What decided between two masters against this one. */
export type RivalWhy = "better" | "deaf" | "woke" | "followed";

export type Cause =
  | { readonly kind: "started" }
  | { readonly kind: "adopted" }
  | { readonly kind: "owner" }
  | { readonly kind: "noMaster"; readonly waited: Millis }
  | { readonly kind: "masterSilent"; readonly director: string; readonly silent: Millis }
  /** `state` is what it said to be in; protocol 112 does not tell. */
  | { readonly kind: "goodbye"; readonly director: string; readonly state: string | undefined }
  | { readonly kind: "handover"; readonly from: string }
  | { readonly kind: "preempt"; readonly over: string; readonly priority: number }
  | { readonly kind: "rival"; readonly director: string; readonly why: RivalWhy }
  | { readonly kind: "group"; readonly member: string }
  | { readonly kind: "asked"; readonly by: string }
  | { readonly kind: "blind"; readonly successor: string }
  | { readonly kind: "servers"; readonly successor: string }
  | {
      readonly kind: "tracks";
      readonly failing: readonly string[];
      readonly successor: string;
    }
  /** A person's word; or a restart that would take longer than adoption may. */
  | {
      readonly kind: "command";
      readonly successor: string | undefined;
      readonly restarting?: true;
    }
  | { readonly kind: "handoverDone"; readonly successor: string }
  | { readonly kind: "handoverFailed"; readonly successor: string }
  | { readonly kind: "stopping"; readonly successor: string | undefined }
  | { readonly kind: "stopped" }
  | { readonly kind: "faults"; readonly faults: readonly string[] }
  | { readonly kind: "repaired"; readonly fault: string };

const FAULT_WORDS: Readonly<Record<string, string>> = {
  linkDown: "the interface is down",
  interfaceMissing: "the interface does not exist",
  addressLost: "this director's own address is gone",
  sourceMissing: "the interface has no address of the VIPs' family to advertise from, or not yet",
  vipRefused: "the kernel refuses the VIPs",
  tracked: "a track has failed",
  starting: "baton waits after its start (startDelay)",
  group: "another instance of its group is at fault",
};

export const faultWords = (fault: string): string => FAULT_WORDS[fault] ?? fault;

/** One clause without a full stop, e.g. `lb1 was silent for 755ms`. */
export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case "started":
      return "baton started";
    case "adopted":
      return "baton restarted in time and took over what it held before";
    case "owner":
      return "this director owns the VIPs";
    case "noMaster":
      return `no master was heard for ${formatDuration(cause.waited)}`;
    case "masterSilent":
      return `${cause.director} was silent for ${formatDuration(cause.silent)}`;
    case "goodbye":
      return cause.state === undefined
        ? `${cause.director} let go`
        : `${cause.director} let go and is in state ${cause.state}`;
    case "handover":
      return `${cause.from} handed over`;
    case "preempt":
      return `preempts ${cause.over} with priority ${cause.priority}`;
    case "rival":
      return rivalText(cause);
    case "group":
      return `${cause.member} of its group lost the role`;
    case "asked":
      return `${cause.by} asked for the role`;
    case "blind":
      return `nothing is heard on the interface any more, ${cause.successor} hears the network`;
    case "servers":
      return `too few servers are up as seen from here, ${cause.successor} goes first`;
    case "tracks":
      return `${cause.failing.join(", ")} failed, ${cause.successor} goes first`;
    case "command":
      if (cause.restarting)
        return `restarting, ${cause.successor ?? "another one"} serves meanwhile`;
      return cause.successor ? `asked to hand over to ${cause.successor}` : "asked to let go";
    case "handoverDone":
      return `${cause.successor} took over`;
    case "handoverFailed":
      return `${cause.successor} did not take over in time`;
    case "stopping":
      return cause.successor ? `stopping, ${cause.successor} takes over` : "stopping";
    case "stopped":
      return "stopped";
    case "faults":
      return cause.faults.map(faultWords).join(", ");
    case "repaired":
      return cause.fault === "all"
        ? "nothing is at fault"
        : `no longer: ${faultWords(cause.fault)}`;
    default:
      return never(cause);
  }
}

function rivalText({ director, why }: Extract<Cause, { readonly kind: "rival" }>): string {
  switch (why) {
    case "better":
      return `${director} is master too and goes first`;
    case "deaf":
      return `${director} is master too and does not hear this host`;
    case "woke":
      return `${director} took over while this host was paused`;
    case "followed":
      return `${director} hears this host and follows another master`;
    default:
      return never(why);
  }
}
