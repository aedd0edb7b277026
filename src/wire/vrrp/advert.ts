/** VRRP advertisements: version 3 (RFC 9568 §5.1), and version 2 (RFC 3768 §5.1, RFC 2338 §5.3).
 *
 *      0                   1                   2                   3
 *     +-------+-------+---------------+---------------+---------------+
 *     |version| type 1| router id     | priority      | addresses     |
 *     +-------+-------+---------------+---------------+---------------+
 *  3: | 0     | interval, 1/100 s, 12 | checksum                      |
 *  2: | authentication| interval, s   | checksum                      |
 *     +---------------+---------------+-------------------------------+
 *     | addresses, 4 or 16 octets each                                |
 *     +---------------------------------------------------------------+
 *     | 8 octets of authentication: version 2 over IPv4, always       |
 *     +---------------------------------------------------------------+
 */
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";
import { type Family, familyOf, formatIp, type Ip, ipBytes } from "../../base/ip.ts";
import { ms, seconds } from "../../base/units.ts";
import { internetChecksum, wordSum } from "../link/checksum.ts";
import type { Advert, Authentication, ChecksumForm, Version, Way } from "./types.ts";

const PROTOCOL = 112;
const ADVERTISEMENT = 1;
const CHECKSUM_OFFSET = 6;
const HEADER = 8;
const PASSWORD = 1;
const PASSWORD_LENGTH = 8;
const CENTISECOND = 10;
/** Before RFC 5798 was settled, keepalived summed unicast packets as if they went to the group. */
const OLD_DESTINATION = "224.0.0.18" as Ip;

const latin1 = new TextDecoder("latin1");

export function encode(advert: Advert, way: Way, form: ChecksumForm): Uint8Array {
  const family = familyOf(way.source);
  const writer = new ByteWriter()
    .u8((advert.version << 4) | ADVERTISEMENT)
    .u8(advert.routerId)
    .u8(advert.priority)
    .u8(advert.addresses.length);
  if (advert.version === 2) {
    writer.u8(typeOf(advert.authentication)).u8(Math.round(advert.interval / 1000));
  } else writer.u16(Math.round(advert.interval / CENTISECOND) & 0xfff);
  writer.u16(0);
  for (const address of advert.addresses) writer.bytes(ipBytes(address));
  if (hasTrailer(advert.version, family)) writer.bytes(trailerOf(advert.authentication));
  const sum = checksum(writer.finish(), way, advert.version === 2 ? "asV2" : form);
  return writer.patchU16(CHECKSUM_OFFSET, sum).finish();
}

/** Throws a DecodeError with `truncated`, `length`, `version`, `type`, `checksum` or `interval`. */
export function decode(bytes: Uint8Array, way: Way, form: ChecksumForm): Advert {
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  const version = first >> 4;
  if (version !== 2 && version !== 3) throw new DecodeError("version", `${version}`);
  if ((first & 0xf) !== ADVERTISEMENT) throw new DecodeError("type", `${first & 0xf}`);
  const family = familyOf(way.source);
  const routerId = reader.u8();
  const priority = reader.u8();
  const count = reader.u8();
  const word = reader.u16();
  reader.skip(2);
  const trailer = hasTrailer(version, family);
  const expected = HEADER + count * sizeOf(family) + (trailer ? PASSWORD_LENGTH : 0);
  if (bytes.length !== expected) {
    throw new DecodeError("length", `${bytes.length} octets where ${expected} are due`);
  }
  if (!isSummed(bytes, version, way, form)) throw new DecodeError("checksum");
  const addresses: Ip[] = [];
  for (let i = 0; i < count; i++) addresses.push(formatIp(reader.take(sizeOf(family))));
  const interval = version === 2 ? seconds(word & 0xff) : ms((word & 0xfff) * CENTISECOND);
  if (interval === 0) throw new DecodeError("interval", "0");
  const authentication = authenticationOf(trailer ? word >> 8 : 0, trailer ? reader : undefined);
  return { version, routerId, priority, interval, addresses, authentication };
}

const sizeOf = (family: Family): number => (family === 4 ? 4 : 16);

/** The octets are there, whether they mean something or not. */
const hasTrailer = (version: Version, family: Family): boolean => version === 2 && family === 4;

const typeOf = (authentication: Authentication): number =>
  authentication.kind === "password"
    ? PASSWORD
    : authentication.kind === "other"
      ? authentication.type
      : 0;

function trailerOf(authentication: Authentication): Uint8Array {
  const octets = new Uint8Array(PASSWORD_LENGTH);
  if (authentication.kind === "password") {
    octets.set(Buffer.from(authentication.password, "latin1").subarray(0, PASSWORD_LENGTH));
  }
  return octets;
}

function authenticationOf(type: number, reader: ByteReader | undefined): Authentication {
  if (type === 0) return { kind: "none" };
  if (type !== PASSWORD || !reader) return { kind: "other", type };
  const octets = reader.take(PASSWORD_LENGTH);
  const end = octets.indexOf(0);
  return { kind: "password", password: latin1.decode(end < 0 ? octets : octets.subarray(0, end)) };
}

function isSummed(bytes: Uint8Array, version: Version, way: Way, form: ChecksumForm): boolean {
  if (version === 2) return checksum(bytes, way, "asV2") === 0;
  // Who sends the old form checks nothing: such a pair would be deaf to each other otherwise.
  if (form === "asV2" && familyOf(way.source) === 4) return true;
  if (checksum(bytes, way, "rfc") === 0) return true;
  if (familyOf(way.source) === 6) return false;
  return checksum(bytes, { ...way, destination: OLD_DESTINATION }, "rfc") === 0;
}

/** Over IPv6 there is always a pseudo-header (RFC 8200 §8.1), over IPv4 in version 3 alone.
 *
 *     +----------------------------------------------------------+
 *     | source, destination: 4 or 16 octets each                 |
 *     | IPv4: zero, 1 · protocol, 1 · length, 2                  |
 *     | IPv6: length, 4 · zero, 3 · next header, 1               |
 *     +----------------------------------------------------------+
 */
function checksum(message: Uint8Array, way: Way, form: ChecksumForm): number {
  const { source, destination } = way;
  if (familyOf(source) === 4 && form === "asV2") return internetChecksum(message);
  const addresses = wordSum(ipBytes(source)) + wordSum(ipBytes(destination));
  return internetChecksum(message, addresses + PROTOCOL + message.length);
}
