import { createMemoryStore } from "@require-action/engine";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { minute, track } from "./harness.ts";
import {
  askForPasskey,
  createPasskeyHarness,
  enrollPasskey,
  PASSKEY,
  type PasskeyHarness,
  resultByPasskey,
} from "./passkey-harness.ts";
import type { SoftwarePasskey } from "@require-action-test/support/software-authenticator";

let harness: PasskeyHarness;
let passkey: SoftwarePasskey;

beforeEach(async () => {
  harness = createPasskeyHarness();
  passkey = await enrollPasskey(harness, "alice");
});

async function ownPasskey(userId = "alice") {
  const authenticators = await harness.engine.authenticators.list(userId);
  return authenticators.find(({ verificationMethod }) => verificationMethod === PASSKEY)!;
}

const rename = async (token: string, name: unknown, userId?: string): Promise<void> =>
  harness.engine.challenges.renameAuthenticator(token, (await ownPasskey(userId)).userAuthenticatorId, name);

describe("the name of a passkey", () => {
  it("is what its owner calls it, once they have proved themselves, and stays through its use", async () => {
    await rename(await resultByPasskey(harness, passkey, "alice"), "  My\tblue\n key ");
    await resultByPasskey(harness, passkey, "alice");
    expect((await ownPasskey()).webauthnCredential).toMatchObject({ name: "My blue key" });
    expect(harness.events.filter(({ type }) => type === "authenticator.renamed")).toEqual([
      expect.objectContaining({ userId: "alice", actionId: expect.any(String), verificationMethod: PASSKEY }),
    ]);
    expect(JSON.stringify(harness.events)).not.toContain("blue");
  });

  it("T18: is not changed with a session alone, nor by a scope to add", async () => {
    for (const attributes of [{}, { scope: "add:authenticators" }]) {
      const { token } = await track(harness.engine, "alice", "withdraw-funds", attributes);
      await expect(rename(token, "Mallory")).rejects.toMatchObject({ reason: "factor_change_forbidden", status: 403 });
    }
    expect((await ownPasskey()).webauthnCredential).not.toHaveProperty("name");
    expect(harness.events.filter(({ reason }) => reason === "factor_change_forbidden")).toHaveLength(2);
  });

  it("T18: is not changed on the word of a weaker factor", async () => {
    const verificationMethod = "EMAIL_OTP";
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod, email: "alice@mail.example" });
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.send(token, verificationMethod);
    const code = harness.mails.at(-1)?.code;
    const { accessToken = "" } = await harness.engine.challenges.verify(token, verificationMethod, code);
    await expect(rename(accessToken, "Mallory")).rejects.toMatchObject({ reason: "factor_change_forbidden" });
  });

  it("is changed with a scope to remove", async () => {
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "remove:authenticators" });
    await rename(token, "Key");
    expect((await ownPasskey()).webauthnCredential?.name).toBe("Key");
  });

  it("T1: is the owner's to change, and nobody else's", async () => {
    const bobs = await enrollPasskey(harness, "bob");
    const token = await resultByPasskey(harness, bobs, "bob");
    await expect(rename(token, "Bob's", "alice")).rejects.toMatchObject({ reason: "not_found", status: 404 });
    await expect(harness.engine.challenges.renameAuthenticator(token, "none", "x")).rejects.toMatchObject({
      reason: "not_found",
    });
  });

  it("is of passkeys alone", async () => {
    const email = { verificationMethod: "EMAIL_OTP", email: "alice@mail.example" };
    const { userAuthenticatorId } = await harness.engine.authenticators.enrollVerified("alice", email);
    const token = await resultByPasskey(harness, passkey, "alice");
    await expect(
      harness.engine.challenges.renameAuthenticator(token, userAuthenticatorId, "Mail"),
    ).rejects.toMatchObject({ reason: "request_invalid" });
  });

  const refused: readonly unknown[] = [
    "",
    " \t\n ",
    "\u200b",
    "\u202e\u00ad",
    "a\u0000b",
    "a\u001bb",
    "a\u0085\u0007",
    "\ud800",
    "x".repeat(65),
    "x".repeat(1_000_000),
    7,
    null,
    undefined,
    {},
    ["Key"],
  ];
  it("is no text that nobody can read, nor a long one", async () => {
    const token = await resultByPasskey(harness, passkey, "alice");
    for (const name of refused) {
      await expect(rename(token, name)).rejects.toMatchObject({ reason: "request_invalid", status: 400 });
    }
  });

  it("is kept as it is read, or refused as a request, whatever it is", async () => {
    const token = await resultByPasskey(harness, passkey, "alice");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 80 }), async (name) => {
        const outcome = await rename(token, name).catch(({ status }: { status: number }) => status);
        expect([undefined, 400]).toContain(outcome);
        const kept = (await ownPasskey()).webauthnCredential?.name ?? "";
        expect(kept.length).toBeLessThanOrEqual(64);
        if (outcome === 400) return;
        expect(kept.replaceAll(/\s/g, "")).toBe(name.normalize("NFC").replaceAll(/\s/g, ""));
      }),
    );
  });

  it("is kept though the passkey is used at the same time, and so is the use", async () => {
    const store = createMemoryStore();
    let use: (() => Promise<unknown>) | undefined;
    const update: typeof store.updateAuthenticator = async (...change) => {
      const first = use;
      use = undefined;
      await first?.();
      return store.updateAuthenticator(...change);
    };
    harness = createPasskeyHarness({ store: { ...store, updateAuthenticator: update } });
    passkey = await enrollPasskey(harness, "alice");
    const token = await resultByPasskey(harness, passkey, "alice");
    harness.clock.advance(minute);
    use = () => resultByPasskey(harness, passkey, "alice");
    await rename(token, "Key");
    expect(await ownPasskey()).toMatchObject({
      lastVerifiedAt: new Date(harness.clock.now()).toISOString(),
      webauthnCredential: { name: "Key" },
    });
  });
});

describe("the last use of a passkey", () => {
  it("is absent at first, and then that of the last right answer", async () => {
    expect(await ownPasskey()).not.toHaveProperty("lastVerifiedAt");
    await resultByPasskey(harness, passkey, "alice");
    const used = new Date(harness.clock.now()).toISOString();
    expect((await ownPasskey()).lastVerifiedAt).toBe(used);
    harness.clock.advance(minute);
    const { token, options } = await askForPasskey(harness, "alice");
    const wrong = passkey.get({ ...options, challenge: "AAAA" });
    await expect(harness.engine.challenges.verify(token, PASSKEY, wrong)).resolves.toMatchObject({ isVerified: false });
    expect((await ownPasskey()).lastVerifiedAt).toBe(used);
  });
});
