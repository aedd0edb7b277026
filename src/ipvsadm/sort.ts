/** The order in which ipvsadm lists: by wrapped differences, which are no order, so that the
 * algorithm counts too.
 */
import { familyOf, type Ip, ipBytes } from "../base/ip.ts";
import type { Destination, Protocol, Service } from "../wire/ipvs/types.ts";

type Compare<T> = (a: T, b: T) => number;

/** glibc's qsort to 2.36: from the top down, the left one goes first among equals. */
export function mergeSort<T>(items: readonly T[], compare: Compare<T>): readonly T[] {
  const sorted = [...items];
  sortPart({ items: sorted, spare: [...items], compare }, 0, items.length);
  return sorted;
}

interface Sorting<T> {
  readonly items: T[];
  readonly spare: T[];
  readonly compare: Compare<T>;
}

function sortPart<T>(sorting: Sorting<T>, start: number, end: number): void {
  if (end - start < 2) return;
  const middle = start + ((end - start) >> 1);
  sortPart(sorting, start, middle);
  sortPart(sorting, middle, end);
  const { items, spare, compare } = sorting;
  for (let i = start; i < end; i++) spare[i] = items[i] as T;
  let [left, right] = [start, middle];
  for (let i = start; i < end; i++) {
    const [a, b] = [spare[left] as T, spare[right] as T];
    const isLeft = right >= end || (left < middle && compare(a, b) <= 0);
    items[i] = isLeft ? a : b;
    if (isLeft) left++;
    else right++;
  }
}

interface Keyed<T> {
  readonly item: T;
  readonly words: readonly number[];
}

/** The difference of two unsigned 32-bit numbers, as a signed one. */
const difference = (a: number, b: number): number => (a - b) | 0;

function compareWords(a: readonly number[], b: readonly number[], count = a.length): number {
  for (let i = 0; i < count; i++) {
    const found = difference(a[i] ?? 0, b[i] ?? 0);
    if (found !== 0) return found;
  }
  return 0;
}

/** An address as four words; IPv4 is the first of them, the others are zero and left out. */
function addressWords(address: Ip): readonly number[] {
  if (familyOf(address) === 4) return [ipv4Word(address)];
  const bytes = ipBytes(address);
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4) words.push(wordAt(bytes, i));
  return words;
}

/** Canonical text is read digit by digit: of thousands of servers all else costs more. */
function ipv4Word(address: Ip): number {
  let word = 0;
  let octet = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      word = word * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return word * 256 + octet;
}

const ZERO = "0".charCodeAt(0);
const DOT = ".".charCodeAt(0);

const wordAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;

const NOBODY = [0, 0, 0, 0];
const AF = { 4: 2, 6: 10 } as const;
const PROTOCOL: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

function serviceWords({ key }: Service): readonly number[] {
  if (key.kind === "mark") return [key.mark, AF[key.family], 0, ...NOBODY, 0];
  const family = AF[key.address.includes(":") ? 6 : 4];
  const [a = 0, b = 0, c = 0, d = 0] = addressWords(key.address);
  return [0, family, PROTOCOL[key.protocol], a, b, c, d, key.port];
}

const sortBy = <T>(
  items: readonly T[],
  words: (item: T) => readonly number[],
  compare: Compare<Keyed<T>>,
): readonly T[] =>
  mergeSort(
    items.map((item) => ({ item, words: words(item) })),
    compare,
  ).map(({ item }) => item);

export const sortServices = <T extends Service>(services: readonly T[]): readonly T[] =>
  sortBy(services, serviceWords, (a, b) => compareWords(a.words, b.words));

/** Of a pool of both families: the first one's says how much of an address is compared. */
export const sortDestinations = <T extends Destination>(destinations: readonly T[]): readonly T[] =>
  sortBy(
    destinations,
    ({ address }) => addressWords(address),
    (a, b) => {
      const found = compareWords(a.words, b.words, a.words.length);
      return found !== 0 ? found : difference(a.item.port, b.item.port);
    },
  );
