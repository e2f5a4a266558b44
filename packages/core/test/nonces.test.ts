import { describe, expect, it } from "vitest";
import { createNonces } from "../src/binding/seal.ts";

describe("nonces", () => {
  it("are all different, over many draws and in two sources", () => {
    const sources = [createNonces(16), createNonces(16)];
    const drawn = new Set<string>();
    for (let index = 0; index < 5_000; index++) {
      for (const next of sources) drawn.add(Buffer.from(next()).toString("hex"));
    }
    expect(drawn.size).toBe(10_000);
  });

  it("have the length that was asked for, and every bit of them moves", () => {
    const next = createNonces(16);
    const seen = { set: new Uint8Array(16), clear: new Uint8Array(16) };
    for (let index = 0; index < 1_000; index++) {
      const nonce = next();
      expect(nonce).toHaveLength(16);
      nonce.forEach((byte, at) => {
        seen.set[at]! |= byte;
        seen.clear[at]! |= ~byte;
      });
    }
    expect([...seen.set, ...seen.clear].every((byte) => byte === 255)).toBe(true);
  });

  it("are not changed by later draws", () => {
    const next = createNonces(16);
    const first = next();
    const copy = Buffer.from(first);
    for (let index = 0; index < 1_000; index++) next();
    expect(copy.equals(first)).toBe(true);
  });
});
