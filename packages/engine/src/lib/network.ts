import ipaddr from "ipaddr.js";

/**
 * The network that an address is counted under: an IPv4 address is itself, also when written as IPv6; of an IPv6
 * address it is the /64, since one customer has all of that.
 */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address.split("%", 1)[0] ?? address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}
