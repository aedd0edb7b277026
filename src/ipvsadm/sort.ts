/** The order in which ipvsadm lists: by wrapped differences, which are no order, so that the
 * algorithm counts too.
 */
import { type Ip, ipBytes } from "../base/ip.ts";
import type {
  ObservedDestination,
  ObservedService,
  ObservedTable,
  Protocol,
} from "../wire/ipvs/types.ts";

type Compare<T> = (a: T, b: T) => number;

/** glibc's qsort to 2.36: from the top down, the left one goes first among equals. */
export function mergeSort<T>(items: readonly T[], compare: Compare<T>): readonly T[] {
  if (items.length < 2) return items;
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const [a, b] = [left[i] as T, right[j] as T];
    if (compare(a, b) <= 0) {
      merged.push(a);
      i++;
    } else {
      merged.push(b);
      j++;
    }
  }
  return [...merged, ...left.slice(i), ...right.slice(j)];
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

/** An address as four words; IPv4 is the first of them. */
function addressWords(address: Ip): readonly number[] {
  const bytes = new Uint8Array(16);
  bytes.set(ipBytes(address));
  const view = new DataView(bytes.buffer);
  return [0, 4, 8, 12].map((offset) => view.getUint32(offset));
}

const NOBODY = [0, 0, 0, 0];
const AF = { 4: 2, 6: 10 } as const;
const PROTOCOL: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

function serviceWords({ key }: ObservedService): readonly number[] {
  if (key.kind === "mark") return [key.mark, AF[key.family], 0, ...NOBODY, 0];
  const family = AF[key.address.includes(":") ? 6 : 4];
  return [0, family, PROTOCOL[key.protocol], ...addressWords(key.address), key.port];
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

export const sortTables = (tables: readonly ObservedTable[]): readonly ObservedTable[] =>
  sortBy(
    tables,
    ({ service }) => serviceWords(service),
    (a, b) => compareWords(a.words, b.words),
  );

/** Of a pool of both families: the first one's says how much of an address is compared. */
export const sortDestinations = (
  destinations: readonly ObservedDestination[],
): readonly ObservedDestination[] =>
  sortBy(
    destinations,
    ({ address, port }) => [...addressWords(address), port],
    (a, b) => {
      const count = a.item.address.includes(":") ? 4 : 1;
      const found = compareWords(a.words, b.words, count);
      return found !== 0 ? found : difference(a.item.port, b.item.port);
    },
  );
