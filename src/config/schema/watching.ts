/** The keys about who watches the daemon from outside. */
import * as z from "zod/mini";
import { parseListener } from "../endpoint.ts";
import { parseFile } from "../values.ts";
import { doc, list, parsed, section, text } from "./scalars.ts";

export const metrics = section({
  listen: doc(
    "ADDRESS:PORT of this host, the same on both directors: 127.0.0.1:9101, or 0.0.0.0:9101 for all " +
      "of its addresses. Whoever reaches it reads the names and addresses of everything served.",
    parsed("ADDRESS:PORT", parseListener),
  ),
});

/** As RFC 1123 has them; a port is not part of it. */
const HOST_NAME =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const MAX_HOST_NAME = 253;

export const page = section({
  listen: doc(
    "ADDRESS:PORT of this host, the same on both directors. Whoever reaches it reads the names and " +
      "addresses of everything served. Beyond the loopback: behind a proxy that speaks TLS.",
    z.prefault(parsed("ADDRESS:PORT", parseListener), "127.0.0.1:9102"),
  ),
  tokenFile: doc(
    "File with the token that a browser has to give for handovers and for servers, readable by " +
      "root alone. Without it the page only shows.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
  names: doc(
    "Host names by which browsers may ask, beside localhost and plain addresses: any other name " +
      "may be a stranger's that was made to lead here.",
    z.prefault(list("host names", text("a host name", 1, MAX_HOST_NAME, HOST_NAME)), []),
  ),
});
