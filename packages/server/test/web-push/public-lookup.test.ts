import type { lookup, LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { createPublicLookup } from "../../src/web-push/public-lookup.ts";

/** Looks a name up that the resolver has these addresses for. */
function lookUp(addresses: readonly string[], { loopback = false, all = true } = {}): Promise<unknown> {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const resolver = ((_name: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, found)) as unknown as typeof lookup;
  return new Promise((resolve, reject) =>
    createPublicLookup(loopback, resolver)("push.example", { all }, (error, address) =>
      error ? reject(error) : resolve(address),
    ),
  );
}

describe("T35: the lookup of a push service", () => {
  it.each([
    ["127.0.0.1"],
    ["10.0.0.1"],
    ["192.168.1.1"],
    ["169.254.169.254"],
    ["0.0.0.0"],
    ["::1"],
    ["fe80::1"],
    ["::ffff:127.0.0.1"],
    ["8.8.8.8", "10.0.0.1"],
    [],
  ])("refuses a name that resolves to %s %s", async (...addresses) => {
    await expect(lookUp(addresses)).rejects.toThrow("not public");
  });

  it("gives the very addresses that it has looked at", async () => {
    expect(await lookUp(["8.8.8.8", "2a00:1450:4001::1"])).toEqual([
      { address: "8.8.8.8", family: 4 },
      { address: "2a00:1450:4001::1", family: 6 },
    ]);
    expect(await lookUp(["8.8.8.8"], { all: false })).toBe("8.8.8.8");
  });

  it("accepts this machine where that is asked for, and still none of its neighbours", async () => {
    expect(await lookUp(["127.0.0.1"], { loopback: true, all: false })).toBe("127.0.0.1");
    expect(await lookUp(["::1"], { loopback: true, all: false })).toBe("::1");
    await expect(lookUp(["10.0.0.1"], { loopback: true })).rejects.toThrow("not public");
  });
});
