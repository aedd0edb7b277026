/** The root of a Debian with systemd and Node, made once and kept. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "../support/process.ts";
import { AGENT, AGENT_UNITS } from "./agent.ts";

/** Debian's name of it; another one brings another systemd. */
const RELEASE = process.env["BATON_TEST_RELEASE"] ?? "bookworm";
const PACKAGES = ["systemd", "systemd-sysv", "iproute2", "kmod", "dbus", "procps", "libstdc++6"];
const MODULES = "/usr/lib/uml/modules";
const BUILD_LIMIT_MS = 300_000;

/** What a director's boot does not need, and what would wait for a terminal. */
const MASKED = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "console-getty.service",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty.target",
  "getty@tty1.service",
  "modprobe@dm_mod.service",
  "modprobe@efi_pstore.service",
  "modprobe@fuse.service",
  "modprobe@loop.service",
  "systemd-journal-flush.service",
  "systemd-logind.service",
  "systemd-random-seed.service",
  "systemd-timesyncd.service",
  "systemd-tmpfiles-clean.timer",
  "systemd-update-utmp.service",
  "systemd-update-utmp-runlevel.service",
];

/** Ignored by git; the temporary folder where the checkout is read only. */
function cacheFolder(): string {
  const folder = fileURLToPath(new URL("../../.lab", import.meta.url));
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return tmpdir();
  }
}

/** Everything that the image is made of, so that a change of it makes another image. */
function imageKey(packages: readonly string[]): string {
  const { size, mtimeMs } = statSync(realpathSync(process.execPath));
  const kernels = readdirSync(MODULES);
  const parts = [packages, MASKED, AGENT, AGENT_UNITS, process.version, size, mtimeMs];
  const text = JSON.stringify([...parts, kernels]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * The folder of the image; built where it is missing, which takes half a minute. Another one for
 * each `extra` package.
 */
export async function image(extra?: string): Promise<string> {
  const cache = cacheFolder();
  const packages = extra === undefined ? PACKAGES : [...PACKAGES, extra];
  const name = ["hosts", ...(extra === undefined ? [] : [extra]), RELEASE].join("-");
  const folder = join(cache, `${name}-${imageKey(packages)}`);
  if (existsSync(folder)) return folder;
  const building = `${folder}.${process.pid}`;
  try {
    await build(building, packages);
    const stale = new RegExp(`^${name}-[0-9a-f]{12}$`);
    for (const old of readdirSync(cache).filter((name) => stale.test(name))) {
      rmSync(join(cache, old), { recursive: true, force: true });
    }
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return folder;
}

async function build(root: string, packages: readonly string[]): Promise<void> {
  const include = `--include=${packages.join(",")}`;
  // A private umask would make a root that its own users cannot enter.
  const argv = ["mmdebstrap", "--quiet", "--variant=minbase", include, RELEASE, root];
  await must(["sh", "-c", 'umask 022; exec "$@"', "sh", ...argv], { timeout: BUILD_LIMIT_MS });
  chmodSync(root, 0o755);
  mkdirSync(join(root, "usr/lib/modules"), { recursive: true });
  for (const version of readdirSync(MODULES)) {
    await must(["cp", "-a", join(MODULES, version), join(root, "usr/lib/modules")]);
  }
  copyFileSync(realpathSync(process.execPath), join(root, "usr/bin/node"));
  const units = join(root, "etc/systemd/system");
  for (const unit of MASKED) symlinkSync("/dev/null", join(units, unit));
  writeFileSync(join(root, "usr/bin/lab-agent"), AGENT, { mode: 0o755 });
  mkdirSync(join(units, "sysinit.target.wants"), { recursive: true });
  for (const [name, text] of Object.entries(AGENT_UNITS)) {
    writeFileSync(join(units, name), text);
    symlinkSync(`../${name}`, join(units, "sysinit.target.wants", name));
  }
}
