/** Stories that are told to both programs: fixed ones, and random ones from a seed. */
import { random } from "../../sim/random.ts";
import { COMMANDS, INPUTS, OPTIONS, VALUES } from "./grammar.ts";
import { lineOf, type Story, storyOf } from "./story.ts";

/** The table that each story begins with: everything that the commands name is there. */
export const TABLE: readonly string[] = [
  "-A -t 10.0.0.9:90 -s wrr",
  "-a -t 10.0.0.9:90 -r 10.0.1.9:90 -w 7 -x 100 -y 50",
  "-a -t 10.0.0.9:90 -r 10.0.1.10:91 -m",
  "-A -f 9 -p 60 -M 255.255.255.0",
  "-a -f 9 -r 10.0.1.9:0 -i",
  "-A -f 9 -6",
];

/** A table of everything, listed in every view. */
const LISTED: readonly string[] = [
  "-A -t 10.0.0.1:80 -s rr",
  "-A -t 192.168.0.1:80",
  "-A -t 172.16.0.1:80 -s sh -b sh-port,sh-fallback -p 300 -M 255.255.0.0",
  "-A -u 10.0.0.1:53 -s mh -b mh-port -o",
  "-A -u 10.0.0.1:5060 -p --pe sip",
  "-A --sctp-service 10.0.0.1:9 -b flag-1,flag-3 -s lc",
  "-A -t [fd00::1]:80 -p 60 -M 64",
  "-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535",
  "-A -t [::1]:80",
  "-A -f 4294967295",
  "-A -f 7",
  "-A -f 7 -6 -p",
  "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -w 0",
  "-a -t 10.0.0.1:80 -r 192.168.1.1:80 -m -w 2147483647",
  "-a -t 10.0.0.1:80 -r 172.16.1.1:8080 -m -x 2147483647 -y 7",
  "-a -t 10.0.0.1:80 -r 10.0.1.2 -i",
  "-a -t 10.0.0.1:80 -r 10.0.1.3 -i --tun-type gue --tun-port 5555 --tun-csum",
  "-a -t 10.0.0.1:80 -r 10.0.1.4 -i --tun-type gre --tun-remcsum",
  "-a -t 10.0.0.1:80 -r 10.0.1.5 -i --tun-type gre",
  "-a -t 10.0.0.1:80 -r [fd00::5]:80 -i",
  "-a -t 10.0.0.1:80 -r [2001:db8:1111:2222:3333:4444:5555:6666]:80 -i",
  "-a -t [fd00::1]:80 -r [fd00::2]:80",
  "-a -t [fd00::1]:80 -r [::ffff:1.2.3.4]:81 -m",
  "-a -f 7 -r 10.0.1.1:80",
  "-a -f 7 -6 -r [fd00::9]:80 -m",
  "-L -n",
  "-L",
  "-Ln --nosort",
  "-Ln --sort",
  "-Ln --stats",
  "-Ln --rate",
  "-Ln --thresholds",
  "-Ln --persistent-conn",
  "-Ln --tun-info",
  "-L -n --exact --stats",
  "-L --tun-info",
  "-S",
  "-Sn",
  "-Ln -t 10.0.0.1:80",
  "-Ln -f 7",
  "-Ln -f 7 -6",
  "-L -t [fd00::1]:80 --stats",
  "-L -c",
  "-Z",
  "",
];

/** Cycles of the order: what is put first depends on the algorithm. */
const ORDER: readonly string[] = [
  ...[
    "200.0.0.1",
    "10.0.0.1",
    "100.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "127.0.0.1",
    "1.0.0.1",
  ].map((address) => `-A -t ${address}:80`),
  ...[
    "200.0.0.1",
    "10.0.0.2",
    "100.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "60.0.0.1",
    "130.0.0.1",
  ].map((address) => `-a -t 10.0.0.1:80 -r ${address}:80 -i`),
  ...["::1", "fd00::1", "2001:db8::1", "8000::1", "1::"].map((address) => `-A -t [${address}]:80`),
  ...["::2", "fd00::2", "2001:db8::2", "10.0.0.5", "9000::1"].map((address) =>
    address.includes(":")
      ? `-a -t 10.0.0.1:80 -r [${address}]:80 -i`
      : `-a -t 10.0.0.1:80 -r ${address}:80 -i`,
  ),
  "-Ln",
  "-Sn",
];

/** Each of a few lines: a beginning costs as much as three of them. */
const LINES = 4;

const chapters = (lines: readonly string[]): readonly Story[] =>
  Array.from({ length: Math.ceil(lines.length / LINES) }, (_, i) =>
    storyOf(...lines.slice(i * LINES, (i + 1) * LINES)),
  );

export function fixedStories(): readonly Story[] {
  const matrix = Object.values(COMMANDS).flatMap((command) =>
    chapters(OPTIONS.map((option) => `${command} ${option}`)),
  );
  const values = VALUES.flatMap(([command, all]) =>
    chapters(all.map((value) => command.replace("%", value))),
  );
  const inputs = INPUTS.map((input) => storyOf(input));
  return [storyOf("-C", ...LISTED), storyOf("-C", ...ORDER), ...values, ...inputs, ...matrix];
}

const pieces = [...OPTIONS, ...VALUES.flatMap(([, all]) => all)];

/** Mostly right, sometimes with something too many or too few. */
export function randomStory(seed: number): Story {
  const dice = random(seed);
  const length = dice.int(3, 10);
  return Array.from({ length }, () => {
    const [command, all] = dice.pick(VALUES);
    const whole = command.replace("%", dice.pick(all));
    if (dice.chance(0.5)) return lineOf(whole);
    const extra = dice.chance(0.5)
      ? ` ${dice.pick(pieces)}`
      : ` ${dice.pick(pieces)} ${dice.pick(pieces)}`;
    return lineOf(`${whole}${extra}`);
  });
}
