import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCidr, parseIp } from "../../src/policy/model/ip-value.ts";
import { createRangeSet } from "../../src/policy/conditions/compile-condition.ts";

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));

test("an IPv4 address is in a range when its leading bits are the range's", () => {
  fc.assert(
    fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (address, network, bits) => {
      const shift = 32 - bits;
      const number = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);
      const leading = (parts: readonly number[]): number => Math.floor(number(parts) / 2 ** shift);
      const base = leading(network) * 2 ** shift;
      const cidr = `${[24, 16, 8, 0].map((places) => Math.floor(base / 2 ** places) % 256).join(".")}/${bits}`;
      const range = parseCidr(cidr);
      const value = parseIp(address.join("."));
      if (range === undefined || value === undefined) throw new Error(`not read: ${cidr}`);
      expect(value >= range.first && value <= range.last).toBe(leading(address) === leading(network));
    }),
  );
});

test("a set of ranges holds what one of its ranges holds", () => {
  const range = fc
    .tuple(fc.nat(60), fc.nat(12))
    .map(([first, size]) => ({ first: BigInt(first), last: BigInt(first + size) }));
  fc.assert(
    fc.property(fc.array(range), fc.bigInt({ min: 0n, max: 80n }), (ranges, address) => {
      const expected = ranges.some(({ first, last }) => address >= first && address <= last);
      expect(createRangeSet(ranges).has(address)).toBe(expected);
    }),
  );
});

test("an IPv6 zone is no part of the address, and no range has one", () => {
  expect(parseIp("fe80::1%eth0")).toBe(parseIp("fe80::1"));
  expect(parseCidr("fe80::%eth0/64")).toBeUndefined();
});
