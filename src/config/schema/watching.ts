/** The keys about who watches the daemon from outside. */
import { parseListener } from "../values.ts";
import { doc, parsed, section } from "./scalars.ts";

export const metrics = section({
  listen: doc(
    "ADDRESS:PORT of this host, the same on both directors: 127.0.0.1:9101, or 0.0.0.0:9101 for all " +
      "of its addresses. Whoever reaches it reads the names and addresses of everything served.",
    parsed("ADDRESS:PORT", parseListener),
  ),
});
