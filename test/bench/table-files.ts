/** One large IPVS table, written for each of the three programs. */

export interface TableSize {
  readonly services: number;
  readonly servers: number;
}

const VIP = "192.168.60.100";
const serviceAt = (service: number): string => `${VIP}:${service + 1}`;
/** Direct routing keeps the port. */
const serverAt = (service: number, server: number): string =>
  `10.${100 + Math.floor(service / 250)}.${service % 250}.${server + 1}:${service + 1}`;

const spaced = (endpoint: string): string => endpoint.replace(":", " ");

const each = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const ipvsadmRules = ({ services, servers }: TableSize): string =>
  each(services, (s) =>
    [
      `-A -t ${serviceAt(s)} -s wlc\n`,
      ...each(servers, (r) => `-a -t ${serviceAt(s)} -r ${serverAt(s, r)} -g -w 1\n`),
    ].join(""),
  ).join("");

export const keepalivedServices = ({ services, servers }: TableSize): string =>
  each(services, (s) => {
    const reals = each(
      servers,
      (r) => `  real_server ${spaced(serverAt(s, r))} {\n    weight 1\n  }\n`,
    );
    const head = `virtual_server ${spaced(serviceAt(s))} {`;
    return `${head}\n  lb_algo wlc\n  lb_kind DR\n  protocol TCP\n${reals.join("")}}\n`;
  }).join("");

/** `extra` servers more in the service in the middle. */
export const yamlServices = ({ services, servers }: TableSize, extra = 0): readonly string[] =>
  each(services, (s) => {
    const more = s === Math.floor(services / 2) ? extra : 0;
    const list = each(servers + more, (r) => serverAt(s, r)).join(", ");
    return `  s${s}: { listen: tcp ${serviceAt(s)}, servers: [${list}] }`;
  });
