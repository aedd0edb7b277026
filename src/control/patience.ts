/** What every HTTP listener of baton bears of a client that is slow, as node:http takes it. */

/** Within which the head, and then the whole of a request has to arrive. */
const HEAD_LIMIT_MS = 2000;
const REQUEST_LIMIT_MS = 3000;
/** How often the two limits are looked at. */
const LIMIT_CHECK_MS = 500;

export const PATIENCE = {
  headersTimeout: HEAD_LIMIT_MS,
  requestTimeout: REQUEST_LIMIT_MS,
  connectionsCheckingInterval: LIMIT_CHECK_MS,
  keepAlive: false,
} as const;
