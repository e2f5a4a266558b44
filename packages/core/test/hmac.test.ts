import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHmacSha256 } from "../src/lib/hmac.ts";
import { lengthPrefixed } from "../src/lib/length-prefixed.ts";

const bytesOf = (digest: string): string => Buffer.from(digest, "latin1").toString("hex");

describe("HMAC-SHA-256", () => {
  it("is what RFC 4231 says it is (test cases 1 to 3)", () => {
    const first = createHmacSha256(Buffer.alloc(20, 0x0b));
    expect(bytesOf(first("Hi There"))).toBe("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    const second = createHmacSha256(Buffer.from("Jefe"));
    expect(bytesOf(second("what do ya want for nothing?"))).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    const third = createHmacSha256(Buffer.alloc(20, 0xaa));
    expect(bytesOf(third(Buffer.alloc(50, 0xdd)))).toBe(
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    );
  });

  it("is node's own, for any key and message", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 100 }), fc.uint8Array({ maxLength: 300 }))),
        (key, messages) => {
          const hmac = createHmacSha256(key);
          for (const message of messages) {
            expect(bytesOf(hmac(message))).toBe(createHmac("sha256", key).update(message).digest("hex"));
          }
        },
      ),
    );
  });

  it("is that of the length-prefixed bytes, for a list of parts", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 900 }), fc.uint8Array({ maxLength: 300 }))),
        (key, parts) => {
          const message = lengthPrefixed(parts);
          expect(bytesOf(createHmacSha256(key)(parts))).toBe(createHmac("sha256", key).update(message).digest("hex"));
          expect(createHmacSha256(key)(parts, "base64url")).toBe(
            createHmac("sha256", key).update(message).digest("base64url"),
          );
        },
      ),
    );
  });

  it.each([2_047, 2_048, 2_049, 100_000])("takes messages of %i bytes", (length) => {
    const key = randomBytes(32);
    const message = randomBytes(length);
    expect(bytesOf(createHmacSha256(key)(message))).toBe(createHmac("sha256", key).update(message).digest("hex"));
  });

  it("takes keys of a block", () => {
    const key = randomBytes(64);
    expect(bytesOf(createHmacSha256(key)("a"))).toBe(createHmac("sha256", key).update("a").digest("hex"));
  });

  it("refuses keys of more than a block", () => {
    expect(() => createHmacSha256(Buffer.alloc(65))).toThrow(TypeError);
  });
});
