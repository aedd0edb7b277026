/** Clock, disk, secrets and rights. */
import type { Facts } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const host = about("host");
const rights = about("rights");

export const hostRules = (facts: Facts): readonly Finding[] => [
  ...rightsOf(facts),
  ...clockOf(facts),
  ...facts.space.map(spaceOf),
];

function rightsOf({ uid }: Facts): readonly Finding[] {
  if (uid === 0) return [];
  return [
    rights.note("not-root", `doctor runs as user ${uid}`, {
      why: "What only root may look at is named below, and was not judged.",
      remedy: "Run it as root for the rest.",
    }),
  ];
}

/** Heartbeats are proven fresh without any clock, so it is never worse than a warning. */
function clockOf({ clock }: Facts): readonly Finding[] {
  if (clock.kind === "unseen") {
    return [
      host.unjudged(
        "clock-unjudged",
        `whether the clock is synchronised could not be told: ${clock.why}`,
        {
          why: "baton itself does not depend on it; who compares the logs of two hosts does.",
        },
      ),
    ];
  }
  const { synchronised, by } = clock.value;
  if (synchronised) return [host.ok("clock", `the clock is synchronised (${by})`)];
  return [
    host.note("clock", `the clock is not synchronised (${by})`, {
      why: "baton itself does not depend on it; who compares the logs of two hosts does.",
      remedy: "systemctl enable --now chrony, or timedatectl set-ntp true",
    }),
  ];
}

const LOW_BYTES = 16 * 1024 * 1024;
const FULL_BYTES = 1024 * 1024;
const FEW_FILES = 64;

function spaceOf({ path, freeBytes, freeFiles }: Facts["space"][number]): Finding {
  const mega = (freeBytes / 1024 / 1024).toFixed(1);
  const why =
    "The daemon can not note its counter, decisions and role: a restart then adopts nothing.";
  const remedy = `df -h ${path}; df -i ${path}`;
  if (freeBytes < FULL_BYTES) {
    return host.error("space", `the file system of ${path} is full (${mega} MB free)`, {
      why,
      remedy,
    });
  }
  if (freeFiles !== undefined && freeFiles < FEW_FILES) {
    const seen = `the file system of ${path} has ${freeFiles} files left`;
    return host.error("space", seen, { why, remedy });
  }
  if (freeBytes < LOW_BYTES) {
    return host.warning("space", `the file system of ${path} has ${mega} MB free`, { why, remedy });
  }
  return host.ok("space", `the file system of ${path} has ${mega} MB free`);
}

/** RFC 2104 §3 wants as many octets as the hash has; 16 are beyond guessing. */
const SHORT_KEY = 16;

export function secretRules({ secret }: Pick<Facts, "secret">): readonly Finding[] {
  if (secret === undefined) return [];
  if (secret.kind === "unseen") {
    return [
      host.unjudged("secret-unjudged", `the keys were not looked at: ${secret.why}`, {
        why: "A short key can be guessed.",
      }),
    ];
  }
  const { path, shortest } = secret.value;
  if (shortest >= SHORT_KEY) return [host.ok("secret", `the keys in ${path} are long enough`)];
  return [
    host.warning("secret-short", `a key in ${path} has ${shortest} octets`, {
      why: "Who records heartbeats can guess a short key at leisure, and speak as a director.",
      remedy: `On both directors the same new line: echo "1:hex:$(openssl rand -hex 32)"`,
    }),
  ];
}
