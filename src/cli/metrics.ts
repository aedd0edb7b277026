/** `baton metrics`: what the daemon would tell Prometheus now. */
import { askFor } from "../control/client.ts";
import { type Context, EXIT } from "./context.ts";

export async function metrics(context: Context): Promise<number> {
  context.io.out(await askFor<string>(context.places.socket, "/v1/metrics"));
  return EXIT.done;
}
