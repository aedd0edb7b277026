/** Errors of sockets, files and programs in words. */
import { messageOf } from "../base/errors.ts";

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection is refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  EHOSTUNREACH: "the host can not be reached",
  ENETUNREACH: "the network can not be reached",
  ETIMEDOUT: "the connection timed out",
  EADDRNOTAVAIL: "the source address is not here, or no port is left",
  EMFILE: "this director has no file descriptor left",
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "not permitted: does a firewall refuse it?",
  CERT_HAS_EXPIRED: "the certificate has ended",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate's authority is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate's authority is not known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate's authority is not known",
};

export function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const words = code === undefined ? undefined : WORDS[code];
  return words === undefined ? messageOf(error) : `${words} (${code})`;
}
