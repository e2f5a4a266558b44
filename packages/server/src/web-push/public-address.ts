import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

const GLOBAL_IPV6 = ipaddr.IPv6.parse("2000::");

/**
 * True for an address of the public internet. False for all that may lead to this machine or its neighbours (loopback, private,
 * link-local, shared, translated), for multicast and reserved ones, and for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address.split("%", 1)[0] ?? address);
  return parsed.range() === "unicast" && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6, 3));
}
