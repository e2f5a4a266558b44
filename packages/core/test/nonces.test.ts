import { describe, expect, it } from "vitest";
import { createNonces } from "../src/binding/nonces.ts";

/** A source of nonces that are handed out in buffers of their own. */
function nonces(): () => Buffer {
  const write = createNonces(16);
  return () => {
    const buffer = Buffer.alloc(20);
    write(buffer, 2);
    expect([buffer[0], buffer[1], buffer[18], buffer[19]]).toEqual([0, 0, 0, 0]);
    return buffer.subarray(2, 18);
  };
}

describe("nonces", () => {
  it("are all different, over many draws and in two sources", () => {
    const sources = [nonces(), nonces()];
    const drawn = new Set<string>();
    for (let index = 0; index < 5_000; index++) {
      for (const next of sources) drawn.add(next().toString("hex"));
    }
    expect(drawn.size).toBe(10_000);
  });

  it("have the length that was asked for, and every bit of them moves", () => {
    const next = nonces();
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
    const next = nonces();
    const first = next();
    const copy = Buffer.from(first);
    for (let index = 0; index < 1_000; index++) next();
    expect(copy.equals(first)).toBe(true);
  });
});
