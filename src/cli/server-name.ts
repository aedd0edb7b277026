/** The SERVER of a command: ADDRESS:PORT, or ADDRESS for all of its ports. */
import { BatonError } from "../base/errors.ts";
import { type Endpoint, parseEndpoint } from "../config/endpoint.ts";

/** Throws BATON_USAGE where it is neither. */
export function serverNamed(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if ("value" in parsed) return parsed.value;
  const { message, remedy } = parsed.complaint;
  throw new BatonError("BATON_USAGE", message, { ...(remedy !== undefined && { remedy }) });
}
