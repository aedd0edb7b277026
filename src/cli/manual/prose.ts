/** What the manual pages say beyond the definitions of the command line. */

export const INTRODUCTION = [
  "Two directors run `baton run` from the same file. They elect a master by authenticated " +
    "heartbeats; the master holds the virtual addresses on a real interface, IPVS spreads the " +
    "clients over the real servers, the kernel's connection sync changes role with the director, " +
    "and when one director falls the other carries on with its connections.",
  "A new pair: write the file (baton.yaml(5)) and the key, the same on both; `baton check` says " +
    "what is wrong with them, `baton doctor` whether the host is fit; then `systemctl enable " +
    "--now baton`, and `baton status`.",
  "Called by the name `ipvsadm`, through a link, it is `baton ipvsadm`.",
] as const;

export const EXIT_CODES: Readonly<Record<string, string>> = {
  "0": "Done.",
  "1": "Failed.",
  "2": "Wrong usage, or a configuration that can not be used.",
};

/** Where a command has codes of its own. */
export const EXIT_OF: Readonly<Record<string, string>> = {
  status:
    "0 the daemon runs; 1 it is dead or silent, and something is left behind; 3 it does not run; " +
    "4 unknown.",
  doctor:
    "0 nothing worse than a note; 1 warnings or errors; 2 wrong usage, or a configuration that " +
    "can not be used.",
  drill: "0 both ways within the allowed gap; 1 not; 2 wrong usage.",
  import: "0 everything that matters was taken; 1 not; 2 wrong usage.",
  ipvsadm: "As the command ipvsadm: 0 done, 1 refused by the kernel, 2 wrong usage.",
  run:
    "0 ended in good order; 1 failed; 2 refused: the configuration or this host has to change " +
    "first, and systemd does not start it again.",
};

export const EXIT_OF_OTHERS =
  "0 done; 1 failed; 2 wrong usage, or a configuration that can not be used.";

export const SIGNALS: Readonly<Record<string, string>> = {
  "SIGTERM, SIGINT": "Hands over, and ends.",
  SIGHUP: "As `baton reload`, but never moves a role.",
};

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  BATON_ROOT: "Prefix for all places, as `--root`.",
  NO_COLOR: "Where it is not empty, nothing is coloured.",
};

export const FILES: Readonly<Record<string, string>> = {
  "/etc/baton/baton.yaml": "The configuration, the same on both directors.",
  "/run/baton/control.sock": "Where the running daemon answers: HTTP and JSON, for root alone.",
  "/run/baton/state.json": "What a successor takes up, until the next boot.",
  "/var/lib/baton":
    "What outlives a boot: the counter of starts, what was decided about servers, and the " +
    "configurations that ran.",
};
