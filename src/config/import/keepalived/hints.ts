/** What a keepalived.conf says of its own director, and of the others. */
import { addressesIn, findAll, type Hints } from "../directors.ts";
import type { Source } from "../types.ts";

export function hintsOfKeepalived({ statements }: Source): Hints {
  const [router] = findAll(statements, "router_id");
  const peers = findAll(statements, "unicast_peer").flatMap(({ block = [] }) => block);
  return {
    name: router?.words[1],
    own: addressesIn(findAll(statements, "unicast_src_ip", "mcast_src_ip"), 1),
    peers: addressesIn(peers, 0),
  };
}
