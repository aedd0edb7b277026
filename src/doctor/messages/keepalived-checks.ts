/** Messages of keepalived's configuration, scripts and checkers. */
import { type OldMessage, saidBy } from "./types.ts";

const checker = saidBy("keepalived");

const EXPLAIN =
  "baton explain SERVER shows the reason, the run of equal answers, and the last changes.";

export const CHECKER_MESSAGES: readonly OldMessage[] = [
  checker(
    "Unknown keyword '…'",
    "A word that keepalived does not know was passed over, and everything in its block may be, too.",
    ["a misspelt word", "a word of another version, or in the wrong block"],
    "baton refuses an unknown key, with line, column and the nearest one.",
  ),
  checker(
    "Unexpected '{' - ignoring",
    "The braces do not fit: blocks end elsewhere than they seem to.",
    ["a brace on a line of its own, or one too many"],
    "baton check says line and column.",
  ),
  checker(
    "Configuration file '…' is not a regular non-executable file",
    "The file may not be executable.",
    ["mode 755 or 777"],
    "baton does not mind the mode of baton.yaml; secrets have to be 600.",
  ),
  checker(
    "Keepalived_vrrp exited with permanent error CONFIG. Terminating",
    "The file was wrong in a way that ends the daemon: at a reload, too, and then the VIPs stay behind.",
    ["an interface that does not exist", "no usable instance"],
    "baton refuses a wrong file before it changes anything. What a dead one left: baton status; baton release",
  ),
  checker(
    "Keepalived_vrrp exited due to segmentation fault",
    "The process crashed, and was started again.",
    ["an error in that version"],
    "A restart of baton takes up what stands; its guard lets go where none comes.",
  ),
  checker(
    "daemon is already running",
    "Another keepalived has the pid file.",
    ["it was started twice", "a pid file of an earlier boot"],
    "baton holds a lock, which ends with the process: BATON_RUNNING names the process that has it.",
  ),
  checker(
    "SECURITY VIOLATION - scripts are being executed but script_security not enabled",
    "Scripts run as root although others may be able to change them.",
    ["no enable_script_security", "a script or its folder that is not root's alone"],
    "baton runs programs without a shell, with a time limit. baton check says which are missing or can not be run.",
  ),
  checker(
    "default user 'keepalived_script' for script execution does not exist",
    "Scripts run as root, because the user for them is missing.",
    ["nobody made that user"],
    "baton runs them as itself.",
  ),
  checker(
    "Unable to access script …",
    "The script was not found or may not be run: keepalived goes on without it.",
    ["a wrong path", "no x, or not for that user"],
    "baton check names the file and the remedy.",
  ),
  checker(
    "Disabling track script … not found",
    "The track does not count.",
    ["a wrong path"],
    "In baton a track whose script can not be run has failed, and says so.",
  ),
  checker(
    "Script … now returning …",
    "A track script changed its mind.",
    ["what it looks at"],
    "baton status shows each track with its reason.",
  ),
  checker(
    "VRRP_Script(…) failed",
    "A track script failed.",
    ["what it looks at", "it takes longer than timeout"],
    "tracks: with rise, fall and timeout; baton status shows the reason.",
  ),
  checker(
    "Track script … is already running, expect idle - skipping run",
    "The script takes longer than its interval.",
    ["it hangs", "interval is too short"],
    "timeout of a track ends the script and all its children.",
  ),
  checker(
    "Changing effective priority from … to …",
    "The weight of a track came or went.",
    ["a track failed or holds again"],
    "The same arithmetic is in baton; effectivePriority is in baton status.",
  ),
  checker(
    "IPVS: Can't initialize ipvs: Protocol not available",
    "The kernel has no IPVS. keepalived's checker ends, and takes VRRP along.",
    ["the module ip_vs is not loaded"],
    "modprobe ip_vs. In baton IPVS that is absent is an alarm, and no election.",
  ),
  checker(
    "IPVS: Service already exists",
    "The virtual service is in the kernel already.",
    ["left by an earlier run or another program"],
    "baton takes it up, and changes what differs.",
  ),
  checker(
    "IPVS: No such process",
    "A virtual service is not in the kernel any more.",
    ["somebody ran ipvsadm -C"],
    "baton puts it back, and counts it as a repair.",
  ),
  checker(
    "IPVS: Daemon has already run",
    "The kernel's sync daemon runs already.",
    ["left by an earlier run or another program"],
    "baton compares it with what is configured, and starts it anew only where it differs.",
  ),
  checker(
    "IPVS: No such device",
    "The sync daemon's interface is not there.",
    ["lvs_sync_daemon names another one"],
    "baton check names it before the start.",
  ),
  checker(
    "TCP connection to … failed",
    "A server did not take a connection.",
    ["it is down", "a firewall on it drops the director's address"],
    EXPLAIN,
  ),
  checker(
    "Timeout connecting server …",
    "A server did not answer in time.",
    ["it is overloaded or cut off"],
    EXPLAIN,
  ),
  checker(
    "Error connecting server …",
    "A server refused, or can not be reached.",
    ["its program is not running"],
    EXPLAIN,
  ),
  checker(
    "HTTP status code error to … url …, status_code …",
    "The page came with another status.",
    ["an error of the application", "a redirect where 200 was expected"],
    "check: { type: http, status: [200, 301] }; baton explain SERVER shows what came.",
  ),
  checker(
    "MD5 digest error to … url …",
    "The page is another one than genhash saw.",
    ["the page changed"],
    "check: { type: http, contains: … } asks for what matters; digest takes a SHA-256, or an MD5.",
  ),
  checker(
    "SSL handshake/communication error connecting to server …",
    "TLS did not come about.",
    ["no common version or cipher", "the server wants a name (SNI)"],
    "check: { type: https, serverName: … }; the certificate's end is warned of with warnBefore.",
  ),
  checker(
    "Misc check for … failed",
    "The program of a MISC_CHECK ended with an error. One that can not be run counts as a success there.",
    ["the server", "the program itself"],
    "check: { type: exec }: what can not be run is a failure.",
  ),
  checker(
    "Removing service … from VS …",
    "A server left the table.",
    ["its checks failed: see the line before"],
    EXPLAIN,
  ),
  checker(
    "Adding service … to VS …",
    "A server came into the table.",
    ["its checks hold again"],
    EXPLAIN,
  ),
  checker(
    "Lost quorum …",
    "Too little weight is up: the sorry server serves.",
    ["several servers failed"],
    "quorum, fallback and doubt: where most fail at one moment, baton asks its peer before it empties a service.",
  ),
  checker(
    "Gained quorum …",
    "Enough weight is up again.",
    ["servers came back"],
    "baton status shows the quorum of each service.",
  ),
];
