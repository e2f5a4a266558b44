import { hkdfSync } from "node:crypto";
import { codeAt } from "@require-action-test/support/codes";
import fc from "fast-check";
import { decodeJwt, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from "jose";
import { createMemoryStore } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, never, secret, track } from "./harness.ts";

const issuer = "https://bank.example";
const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: "key" };

function derive(purpose: string, bytes = 32): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `require-action/engine/v1/${purpose}`, bytes));
}

const kid = Buffer.from(derive("id", 8)).toString("base64url");

interface Forgery {
  readonly kind?: "challenge" | "result";
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signedWith?: Uint8Array;
}

/** A token as the engine makes them, but for what is changed; a claim of `undefined` is left out. */
function forge(
  now: number,
  { kind = "result", header, claims, signedWith = derive(`${kind}-token`) }: Forgery = {},
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  const payload = {
    iss: issuer,
    aud: `${issuer}#${kind}`,
    sub: key.userId,
    iat: issuedAt,
    exp: issuedAt + 120,
    jti: "j",
    scope: "read:authenticators",
    other: { userId: key.userId, actionCode: key.action, idempotencyKey: key.idempotencyKey },
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "HS256", typ: `require-action.${kind}+jwt`, kid, ...header })
    .sign(signedWith);
}

/** An engine where alice's action under `key` has been approved. */
async function createApproved(): Promise<Harness> {
  const harness = createHarness();
  const { engine, clock } = harness;
  const shared = await enrollApp(harness, "alice");
  const { idempotencyKey, ...request } = key;
  const { token } = await engine.track({ ...request, attributes: { idempotencyKey } }, never);
  await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, clock.now()));
  return harness;
}

async function isValid({ engine }: Harness, token: string): Promise<boolean> {
  const { userId, action } = key;
  return (await engine.validateChallenge({ token, userId, action }, never)).isValid;
}

describe("result tokens", () => {
  it("are as this file forges them, so that the refusals below mean something", async () => {
    const harness = await createApproved();
    await expect(isValid(harness, await forge(harness.clock.now()))).resolves.toBe(true);
  });

  it.each(["iss", "aud", "sub", "iat", "exp", "jti", "other"])("T28: are refused without %s", async (claim) => {
    const harness = await createApproved();
    const token = await forge(harness.clock.now(), { claims: { [claim]: undefined } });
    await expect(isValid(harness, token)).resolves.toBe(false);
  });

  it.each([
    ["T3: another issuer", { claims: { iss: "https://sandbox.example" } }],
    ["T3: another audience", { claims: { aud: `${issuer}#challenge` } }],
    ["T1: a subject other than the user", { claims: { sub: "mallory" } }],
    ["T28: a future issue time", { claims: { iat: 4_000_000_000, exp: 4_000_000_100 } }],
    ["T28: a far end", { claims: { iat: 1_000_000_000 } }],
    [
      "T28: a longer life than the engine gives, though not over yet",
      { claims: { iat: Date.UTC(2026, 0, 15, 11) / 1000 } },
    ],
    ["T27: the other kind's typ", { header: { typ: "require-action.challenge+jwt" } }],
    ["T27: no typ", { header: { typ: undefined } as never }],
    ["T26: no kid", { header: { kid: undefined } as never }],
    ["T26: a kid that is a path", { header: { kid: "../../dev/null" } }],
    ["T26: a kid that is SQL", { header: { kid: "' or 1=1 --" } }],
    ["T40: a kid that is a member of every object", { header: { kid: "constructor" } }],
    ["T26: another HMAC", { header: { alg: "HS512" } }],
    ["T26: an embedded key", { header: { jwk: { kty: "oct", k: "AAAA" } as never }, signedWith: new Uint8Array(32) }],
    ["T26: a key by reference", { header: { jku: "https://evil.example/jwks" }, signedWith: new Uint8Array(32) }],
    ["T27: the other kind's key", { signedWith: derive("challenge-token") }],
    ["T26: the secret itself as the key", { signedWith: new TextEncoder().encode(secret) }],
  ] satisfies [string, Forgery][])("are refused with %s", async (_name, forgery) => {
    const harness = await createApproved();
    await expect(isValid(harness, await forge(harness.clock.now(), forgery))).resolves.toBe(false);
  });

  it("T26: are refused unsigned", async () => {
    const harness = await createApproved();
    const claims = JSON.parse(
      Buffer.from((await forge(harness.clock.now())).split(".")[1] ?? "", "base64url").toString(),
    );
    await expect(isValid(harness, new UnsecuredJWT(claims).encode())).resolves.toBe(false);
  });

  it("T29: are refused beyond 4096 bytes, though signed", async () => {
    const harness = await createApproved();
    const token = await forge(harness.clock.now(), { claims: { padding: "x".repeat(4096) } });
    await expect(isValid(harness, token)).resolves.toBe(false);
  });

  it("may have 4096 bytes", async () => {
    const harness = await createApproved();
    // A byte more of padding makes one or two more of base64url, so that one of these has the length.
    const tokens = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        forge(harness.clock.now(), { claims: { padding: "x".repeat(2_720 + index) } }),
      ),
    );
    const token = tokens.find(({ length }) => length === 4096);
    expect(tokens.map(({ length }) => length)).toContain(4096);
    await expect(isValid(harness, token ?? "")).resolves.toBe(true);
  });

  it("F13: end with their lifetime, give or take five seconds", async () => {
    const harness = await createApproved();
    const token = await forge(harness.clock.now());
    harness.clock.advance(2 * minute + 4000);
    await expect(isValid(harness, token)).resolves.toBe(true);
    harness.clock.advance(2000);
    const { engine } = harness;
    await expect(
      engine.validateChallenge({ token, userId: "alice", action: "withdraw-funds" }, never),
    ).resolves.toEqual({ isValid: false, error: "expired_token" });
  });

  it("say nothing about the state: a withdrawn approval is not valid", async () => {
    const harness = await createApproved();
    const token = await forge(harness.clock.now());
    await harness.engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
    await expect(isValid(harness, token)).resolves.toBe(false);
  });

  it("of an action that was never tracked are not valid", async () => {
    const harness = await createApproved();
    const other = { userId: key.userId, actionCode: key.action, idempotencyKey: "never" };
    await expect(isValid(harness, await forge(harness.clock.now(), { claims: { other } }))).resolves.toBe(false);
  });
});

describe("challenge tokens", () => {
  it("F29: are as this file forges them, so that versions side by side take each other's", async () => {
    const harness = createHarness();
    await track(harness.engine, "alice");
    const { idempotencyKey, ...request } = key;
    await harness.engine.track({ ...request, attributes: { idempotencyKey } }, never);
    const forged = await forge(harness.clock.now(), { kind: "challenge" });
    await expect(harness.engine.challenges.authenticators(forged)).resolves.toEqual([]);
  });

  it("permit reading alone, unless the application grants more", async () => {
    const { engine } = createHarness();
    const scopeOf = (token: string): unknown => decodeJwt(token)["scope"];
    expect(scopeOf((await track(engine, "alice")).token)).toBe("read:authenticators");
    const granted = await track(engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    expect(scopeOf(granted.token)).toBe("add:authenticators");
  });

  it.each([undefined, null, 7, {}, [], ["a.b.c"], "", "a.b", "a.b.c", "a.b.c.d", "..", "é.é.é"])(
    "T29: are not %j, and the refusal says no more",
    async (token) => {
      const { engine } = createHarness();
      await expect(engine.challenges.authenticators(token)).rejects.toMatchObject({
        reason: "token_invalid",
        status: 401,
        message: "token_invalid: The token is not valid here.",
      });
    },
  );

  it("T27: are not results, neither before nor after the challenge", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(engine, "alice");
    await expect(isValid(harness, token)).resolves.toBe(false);
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, clock.now()));
    await expect(isValid(harness, token)).resolves.toBe(false);
  });

  it("T27: are what a challenge takes, and results are not", async () => {
    const harness = await createApproved();
    const { token } = await track(harness.engine, "alice");
    const result = await forge(harness.clock.now());
    harness.clock.advance(30_000);
    await expect(harness.engine.challenges.verify(result, "AUTHENTICATOR_APP", "000000")).rejects.toMatchObject({
      reason: "token_invalid",
    });
    await expect(harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", "000000")).resolves.toMatchObject({
      isVerified: false,
    });
  });

  it("S14: end after ten minutes, as the suites expect", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    harness.clock.advance(10 * minute);
    await expect(harness.engine.challenges.authenticators(token)).resolves.toEqual([]);
    harness.clock.advance(6000);
    await expect(harness.engine.challenges.authenticators(token)).rejects.toMatchObject({
      reason: "token_expired",
      message: "token_expired: The token has expired.",
    });
  });
});

describe("secrets", () => {
  it("rotate: what an old one made is good for as long as it is in the list", async () => {
    const next = "another engine secret, of 32 bytes or more";
    const store = createMemoryStore();
    const old = createHarness({ store });
    const { clock } = old;
    const shared = await enrollApp(old, "alice");
    const { token } = await track(old.engine, "alice");
    const withSecrets = (secrets: string[]) => createHarness({ store, secrets, clock }).engine;
    const code = codeAt(shared, clock.now());

    await expect(withSecrets([next]).challenges.verify(token, "AUTHENTICATOR_APP", code)).rejects.toMatchObject({
      reason: "token_invalid",
    });
    // Both the token and the authenticator's own secret were made with the old one.
    await expect(
      withSecrets([next, secret]).challenges.verify(token, "AUTHENTICATOR_APP", code),
    ).resolves.toMatchObject({ isVerified: true });
  });

  it("rotate: an authenticator app used meanwhile does without the old one", async () => {
    const next = "another engine secret, of 32 bytes or more";
    const store = createMemoryStore();
    const old = createHarness({ store });
    const { clock } = old;
    const shared = await enrollApp(old, "alice");
    for (const secrets of [[next, secret], [next]]) {
      const { engine } = createHarness({ store, secrets, clock });
      const { token } = await track(engine, "alice");
      await expect(
        engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, clock.now())),
      ).resolves.toMatchObject({ isVerified: true });
      clock.advance(30_000);
    }
  });
});

describe("a token's text", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  it("T1: is the only one of its meaning: no other last character, padding, space or dot", async () => {
    const harness = await createApproved();
    const token = await forge(harness.clock.now());
    expect(await isValid(harness, token)).toBe(true);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const others = [
      ...Array.from(alphabet, (character) => token.slice(0, -1) + character),
      ...["=", "==", " ", "\n", ".", "\u00a0", "A", "-", "+", "\0"].flatMap((extra) => [
        token + extra,
        extra + token,
        `${header}${extra}.${payload}.${signature}`,
        `${header}.${payload}${extra}.${signature}`,
        `${header}.${payload}.${signature.slice(0, 20)}${extra}${signature.slice(20)}`,
      ]),
      token.replaceAll("-", "+").replaceAll("_", "/"),
      token.toLowerCase(),
      [header, payload, signature, ""].join("."),
      `${header}..${payload}.${signature}`,
      `Bearer ${token}`,
    ].filter((other) => other !== token);
    for (const other of others) expect([other, await isValid(harness, other)]).toEqual([other, false]);
  });

  it("T1: is refused in every other spelling, whichever part is written otherwise", async () => {
    const harness = await createApproved();
    const insertion = fc.constantFrom(..." =.\t\n\r\v\u00a0\ufeff+/-_A");
    await fc.assert(
      fc.asyncProperty(fc.nat(), insertion, fc.boolean(), async (at, character, replaces) => {
        const token = await forge(harness.clock.now());
        const index = at % (token.length + 1);
        const other = token.slice(0, index) + character + token.slice(replaces ? index + 1 : index);
        if (other !== token) expect(await isValid(harness, other)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
