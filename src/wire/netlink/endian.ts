/** The byte order of this host, in which netlink carries its headers and most numbers. */

export const HOST_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
