import { isIP } from "node:net";
import type { IPv4, IPv6 } from "ipaddr.js";
import later from "#load-later";

/** The addresses from `first` to `last`, both included. */
export interface IpRange {
  readonly first: bigint;
  readonly last: bigint;
}

// IPv4 lies above all of IPv6, so that no IPv6 range holds an IPv4 address.
const IPV4_BASE = 1n << 128n;

/**
 * Reads an IP address as one number, so that all its spellings are equal; an IPv4-mapped IPv6 address is its IPv4 one.
 * `undefined` for anything else: ipaddr.js alone would take `127.1` or `0x7f000001` too.
 */
export function parseIp(text: string): bigint | undefined {
  if (isIP(text) === 0) return undefined;
  const address = later.ipaddr().process(text.split("%", 1)[0] ?? text);
  return toNumber(address);
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. `undefined` when it is neither, or when host bits are set. */
export function parseCidr(text: string): IpRange | undefined {
  const [address = "", prefix, ...rest] = text.split("/");
  if (rest.length > 0 || isIP(address) === 0 || address.includes("%")) return undefined;
  const ipaddr = later.ipaddr();
  const parsed = ipaddr.parse(address);
  const width = parsed.kind() === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? width : prefixLength(prefix, width);
  if (bits === undefined) return undefined;
  // A range within the IPv4-mapped block is a range of IPv4.
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && bits >= 96;
  const first = toNumber(mapped ? ipaddr.process(address) : parsed);
  const hostBits = (1n << BigInt(width - bits)) - 1n;
  return (first & hostBits) === 0n ? { first, last: first | hostBits } : undefined;
}

function prefixLength(text: string, width: number): number | undefined {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const bits = Number(text);
  return bits <= width ? bits : undefined;
}

function toNumber(address: IPv4 | IPv6): bigint {
  const base = address.kind() === "ipv4" ? IPV4_BASE : 0n;
  return address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) | base;
}
