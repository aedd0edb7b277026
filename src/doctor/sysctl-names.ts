/** Names of kernel parameters that have an interface's name in them. */

const INSIDE = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/;

/** As sysctl(8) takes it: with slashes where the interface's name holds a dot. */
export function sysctlWord(name: string): string {
  const [, branch, link, leaf] = INSIDE.exec(name) ?? [];
  if (branch === undefined || link === undefined || !link.includes(".")) return name;
  return `${branch.replaceAll(".", "/")}/${link}/${leaf}`;
}

export const ofLink = (family: 4 | 6, link: string, leaf: string): string =>
  `net.ipv${family}.conf.${link}.${leaf}`;
