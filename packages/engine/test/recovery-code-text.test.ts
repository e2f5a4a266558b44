import { createMemoryStore } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyring } from "../src/keys/keyring.ts";
import { createRecoveryCode, generateRecoveryCodes } from "../src/methods/recovery-code.ts";
import { createHarness, minute, secret, track } from "./harness.ts";

const RECOVERY = "RECOVERY_CODE";
const keyring = createKeyring([secret]);
const method = createRecoveryCode({ keyring });

function isRight(response: string, codeHashes: readonly string[]): boolean {
  const authenticator = {
    userId: "alice",
    userAuthenticatorId: "codes",
    verificationMethod: RECOVERY,
    createdAt: 0,
    version: 0,
    codeHashes,
  };
  const answer = { authenticator, response, challenge: undefined, now: 0 };
  return method.isResponse(response) && method.verify(answer) !== "answer_wrong";
}

describe("the text of a recovery code", () => {
  it("is ten letters and digits in two groups, without those that look like others", () => {
    const { codes } = generateRecoveryCodes(keyring, "alice");
    expect(codes).toHaveLength(8);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  it("T3: has 50 bits: each of 32 letters comes in each place", () => {
    const lists = Array.from({ length: 200 }, () => generateRecoveryCodes(keyring, "alice").codes).flat();
    for (let place = 0; place < 11; place++) {
      if (place !== 5) expect(new Set(lists.map((code) => code[place]))).toHaveProperty("size", 32);
    }
  });

  it("is read as people type it", () => {
    const { codes, hashes } = generateRecoveryCodes(keyring, "alice");
    // What each digit may be read and typed as.
    const alike: Readonly<Record<string, readonly string[]>> = {
      "0": ["0", "o", "O"],
      "1": ["1", "i", "I", "l", "L"],
    };
    const letter = (one: string) =>
      fc.constantFrom(...(alike[one] ?? [one, one.toLowerCase(), String.fromCharCode(one.charCodeAt(0) + 0xfee0)]));
    const typed = fc
      .constantFrom(...codes)
      .chain((code) => fc.tuple(...[...code.replace("-", "")].map(letter)))
      .chain((letters) => fc.constantFrom("", " ", "-", "\u2013", "\u200b").map((gap) => letters.join(gap)));
    fc.assert(fc.property(typed, (text) => isRight(text, hashes)));
  });

  it.each(["", "ABCDE", "ABCDE-FGHJ", "ABCDE-FGHJKM", "ABCDE-FGHJU", "ABCDE.FGHJK", "\u0410BCDEFGHJK", "é".repeat(10)])(
    "%j is none, and counts as no attempt",
    (text) => expect(method.isResponse(text)).toBe(false),
  );

  it.each([10, null, undefined, {}, ["ABCDEFGHJK"], "A".repeat(100_000)])("%# is none, whatever it is", (value) =>
    expect(method.isResponse(value)).toBe(false),
  );

  it("T1: is of the user that it was made for", () => {
    const { codes, hashes } = generateRecoveryCodes(keyring, "bob");
    expect(isRight(codes[0]!, hashes)).toBe(false);
  });
});

it("codes of 26 letters, as they were issued before, stay good, each once", async () => {
  const store = createMemoryStore();
  const { engine, clock } = createHarness({ store });
  const code = "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY-2";
  const at = clock.now();
  await engine.authenticators.enrollVerified("alice", {
    verificationMethod: "EMAIL_OTP",
    email: "alice@mail.example",
  });
  await store.addAuthenticator(
    {
      userId: "alice",
      userAuthenticatorId: "codes",
      verificationMethod: RECOVERY,
      createdAt: at,
      verifiedAt: at,
      version: 0,
      codeHashes: ["ABCDEFGHIJKLMNOPQRSTUVWXY2", "22222222222222222222222222"].map((plain) =>
        keyring.hashCode(["recovery-code", "alice", plain]),
      ),
    },
    { type: "authenticator.enrolled", at },
  );
  const use = async (text: string) =>
    (await engine.challenges.verify((await track(engine, "alice")).token, RECOVERY, text)).isVerified;
  await expect(use("ABCDE-FGHJK")).resolves.toBe(false);
  await expect(use(code.toLowerCase())).resolves.toBe(true);
  await expect(use(code)).resolves.toBe(false);
});

it("T19: guesses at recovery codes end at the limits, over all challenges, and lock the list after a hundred", async () => {
  const { engine, clock } = createHarness();
  const { token } = await track(engine, "alice");
  const { secret: shared = "" } = await engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
  const { recoveryCodes = [] } = await engine.challenges.verify(
    token,
    "AUTHENTICATOR_APP",
    codeAt(shared, clock.now()),
  );
  const wrong = recoveryCodes.includes("00000-00000") ? "00000-00001" : "00000-00000";
  let compared = 0;
  for (let window = 0; window < 25; window++) {
    for (let guess = 0; guess < 6; guess++) {
      const guessing = engine.challenges.verify((await track(engine, "alice")).token, RECOVERY, wrong);
      compared += await guessing.then(
        () => 1,
        () => 0,
      );
    }
    clock.advance(16 * minute);
  }
  expect(compared).toBe(100);
  await expect(
    engine.challenges.verify((await track(engine, "alice")).token, RECOVERY, recoveryCodes[0]),
  ).rejects.toMatchObject({ reason: "too_many_attempts" });
});
