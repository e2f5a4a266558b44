import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { isLoopbackHost } from "@require-action/core/options";
import { isPublicAddress } from "./public-address.ts";

/**
 * Creates the lookup of an HTTP agent that connects to public addresses only: it refuses a name that resolves to any other, so that
 * no name of a stranger's leads into the local network. The agent connects to the very addresses that were looked at.
 */
export function createPublicLookup(loopback: boolean, resolve: typeof lookup = lookup): LookupFunction {
  const isAllowed = (address: string): boolean =>
    isPublicAddress(address) || (loopback && isLoopbackHost(address.includes(":") ? `[${address}]` : address));
  return (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "");
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
        return callback(new Error("the name resolves to an address that is not public"), "");
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
}
