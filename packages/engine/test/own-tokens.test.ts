import { createManualClock } from "@require-action/testing";
import fc from "fast-check";
import { decodeJwt, errors, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createOwnTokens } from "../src/server.ts";

const now = Date.UTC(2026, 0, 15, 12);
const key = Buffer.alloc(32, 7);
const terms = {
  typ: "test+jwt",
  issuer: "https://bank.example",
  audience: "https://bank.example#test",
  lifetimeSeconds: 120,
  clock: createManualClock(now),
  keys: [
    { id: "new", key },
    { id: "old", key: Buffer.alloc(32, 8) },
  ],
};
const tokens = createOwnTokens(terms);

/** What another implementation says of a token, by the same terms. */
async function judgedByJose(token: string): Promise<"valid" | "token_expired" | "token_invalid"> {
  try {
    await jwtVerify(token, key, {
      algorithms: ["HS256"],
      typ: terms.typ,
      issuer: terms.issuer,
      audience: terms.audience,
      requiredClaims: ["iss", "aud", "iat", "exp"],
      maxTokenAge: terms.lifetimeSeconds,
      clockTolerance: 5,
      currentDate: new Date(now),
    });
    return "valid";
  } catch (error) {
    return error instanceof errors.JWTExpired ? "token_expired" : "token_invalid";
  }
}

function judged(token: string): string {
  try {
    tokens.read(token);
    return "valid";
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

const sign = (claims: Readonly<Record<string, unknown>>, signedWith: Uint8Array = key): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: terms.typ, kid: "new" }).sign(signedWith);

const seconds = now / 1000;
const around = fc.oneof(
  fc.integer({ min: seconds - 130, max: seconds + 130 }),
  fc.constantFrom(undefined, "1", null, true, 0, 1e15),
);
const claims = fc.record({
  iss: fc.constantFrom(terms.issuer, "https://bank.example/", undefined, 7),
  aud: fc.constantFrom(terms.audience, "https://bank.example#other", undefined, null),
  iat: around,
  exp: around,
  other: fc.jsonValue(),
});

describe("own tokens", () => {
  it("T28: claims are judged as jose judges them", async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (given) => {
        const token = await sign(JSON.parse(JSON.stringify(given)) as Record<string, unknown>);
        expect(judged(token)).toBe(await judgedByJose(token));
      }),
      { numRuns: 1_000 },
    );
  });

  it("what is minted is what jose verifies, and says what was put in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (given) => {
        const put = JSON.parse(JSON.stringify({ other: given })) as Record<string, unknown>;
        const { token, expiresAt } = tokens.mint(put);
        expect(await judgedByJose(token)).toBe("valid");
        expect(tokens.read(token)).toMatchObject({ ...put, exp: expiresAt / 1000 });
        expect(decodeJwt(token)).toMatchObject(put);
      }),
    );
  });

  it("T26: any change of any character makes another token, and none that is valid", () => {
    const { token } = tokens.mint({ sub: "alice" });
    fc.assert(
      fc.property(fc.nat(token.length), fc.constantFrom("", "A", "a", "_", ".", "=", " ", "é", "\0"), (index, text) => {
        for (const other of [token.slice(0, index) + text + token.slice(index + 1), token.slice(0, index) + text]) {
          if (other !== token) expect(judged(other)).toBe("token_invalid");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["T26: another algorithm", { alg: "HS512", typ: "test+jwt", kid: "new" }],
    ["T26: none", { alg: "none", typ: "test+jwt", kid: "new" }],
    ["T27: another kind", { alg: "HS256", typ: "other+jwt", kid: "new" }],
    ["T26: a key that is not there", { alg: "HS256", typ: "test+jwt", kid: "constructor" }],
    ["T26: a member more", { alg: "HS256", typ: "test+jwt", kid: "new", crit: ["exp"] }],
    ["T1: the same in another order", { typ: "test+jwt", alg: "HS256", kid: "new" }],
  ])("a header is refused with %s, though the MAC is right", async (_name, header) => {
    const { token } = tokens.mint({});
    const { createHmac } = await import("node:crypto");
    const signed = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${token.split(".")[1]}`;
    const mac = createHmac("sha256", key).update(signed).digest("base64url");
    expect(tokens.isOfKind(`${signed}.${mac}`)).toBe(false);
    expect(judged(`${signed}.${mac}`)).toBe("token_invalid");
  });

  it("a retired key verifies and does not mint; another's key does neither", async () => {
    const old = createOwnTokens({ ...terms, keys: terms.keys.slice(1) });
    expect(judged(old.mint({}).token)).toBe("valid");
    expect(() => old.read(tokens.mint({}).token)).toThrow("token_invalid");
    expect(
      judged(await sign({ iss: terms.issuer, aud: terms.audience, iat: seconds, exp: seconds + 9 }, Buffer.alloc(32))),
    ).toBe("token_invalid");
  });

  it("T29: more than 4096 characters are not looked at", () => {
    expect(judged(tokens.mint({ other: "x".repeat(4_096) }).token)).toBe("token_invalid");
  });
});
