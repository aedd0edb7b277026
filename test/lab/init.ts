/** The script that is the guest's first process. */
import { EXIT_MARK } from "./marks.ts";

/** IPVS with every scheduler that the kernel has, and what the network of the lab is made of. */
const MODULES = [
  "ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_fo ip_vs_ovf ip_vs_lblc ip_vs_lblcr",
  "ip_vs_dh ip_vs_sh ip_vs_mh ip_vs_sed ip_vs_nq ip_vs_ftp ip_vs_pe_sip",
  "veth bridge dummy ipip sch_netem af_packet nf_tables iptable_nat iptable_mangle xt_mark xt_nat",
].join(" ");

/** Where the guest sees the shared folder. */
export const GUEST_SHARE = "/run/share";

export interface Init {
  /** A folder of the host that the guest may write to, seen there as /run/share. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function initScript({ folder, args, env }: Init): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /var/log
mkdir -p /run/tmp /run/lock /run/netns ${GUEST_SHARE} /run/modules/lib/modules
mount -t hostfs none ${GUEST_SHARE} -o ${quote(folder)}
ip link set lo up

# The kernel's own modprobe, for modules it wants later, has to look in the same place as ours.
ln -s /usr/lib/uml/modules/$(uname -r) /run/modules/lib/modules/
printf '#!/bin/sh\\nexec modprobe -d /run/modules "$@"\\n' >/run/modules/modprobe
chmod +x /run/modules/modprobe
echo /run/modules/modprobe >/proc/sys/kernel/modprobe
for module in ${MODULES}; do modprobe -q -d /run/modules $module; done

${exports.join("\n")}
cd /run
${quote(process.execPath)} ${GUEST_SHARE}/main.js ${args.map(quote).join(" ")} </dev/null 2>&1
echo "${EXIT_MARK}$?"
busybox poweroff -f
`;
}
