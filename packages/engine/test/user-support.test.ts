import { createMemoryStore } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, track } from "./harness.ts";

const by = { actor: "olga", reason: "called from the number that we know" };

/** Locks a user's authenticator app by wrong codes. */
async function lock(harness: Harness, userId: string): Promise<string> {
  const shared = await enrollApp(harness, userId);
  for (let tries = 0; tries < 101; tries++) {
    const { token } = await track(harness.engine, userId);
    await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", "000000").catch(() => undefined);
    harness.clock.advance(16 * minute);
  }
  return shared;
}

async function answers({ engine, clock }: Harness, userId: string, shared: string): Promise<boolean> {
  const { token } = await track(engine, userId);
  clock.advance(minute);
  const code = codeAt(shared, clock.now());
  return engine.challenges.verify(token, "AUTHENTICATOR_APP", code).then(
    ({ isVerified }) => isVerified,
    () => false,
  );
}

async function appOf({ engine }: Harness, userId: string): Promise<string> {
  const list = await engine.authenticators.list(userId);
  return list.find((one) => one.verificationMethod === "AUTHENTICATOR_APP")?.userAuthenticatorId ?? "";
}

describe("searching for users", () => {
  it("finds them by id, address and name, of their record and of their authenticators, each once", async () => {
    const { engine } = createHarness({ delivery: { sendEmail: () => undefined, sendSms: () => undefined } });
    await engine.users.update("alice", { email: "Alice@Bank.example", phoneNumber: "+447700900123", username: "al" });
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_OTP",
      email: "Alice@Bank.example",
    });
    await engine.authenticators.enrollVerified("bob", { verificationMethod: "SMS", phoneNumber: "+447700900123" });
    await track(engine, "carol");
    const found = async (text: string) => (await engine.support.search(text)).map(({ userId }) => userId);
    expect(await found("alice")).toEqual(["alice"]);
    expect(await found(" Alice@Bank.example ")).toEqual(["alice"]);
    expect(await found("+44 7700 900123")).toEqual(["alice", "bob"]);
    expect(await found("al")).toEqual(["alice"]);
    expect(await found("carol")).toEqual(["carol"]);
    expect(await found("nobody")).toEqual([]);
    expect(await found("%")).toEqual([]);
    await engine.users.update("dan", { email: "dan@bank.example" });
    expect(await found("Dan@Bank.Example")).toEqual(["dan"]);
    expect((await engine.support.search("+447700900123", 1)).map(({ userId }) => userId)).toEqual(["alice"]);
  });

  it.each(["", " ", "\u0000", "\ud800", 7, undefined])("refuses %j", async (text) => {
    const { engine } = createHarness();
    await expect(engine.support.search(text as string)).rejects.toMatchObject({ reason: "request_invalid" });
  });
});

describe("helping a user", () => {
  it("T20: shows what is locked, and unlocks it, with a reason in the trail", async () => {
    const harness = createHarness();
    const { support, audit } = harness.engine;
    const shared = await lock(harness, "alice");
    const app = await appOf(harness, "alice");
    const userAuthenticatorId = app;
    expect(await answers(harness, "alice", shared)).toBe(false);
    const { authenticators: locks } = await support.locks("alice");
    expect(locks.filter(({ isLocked }) => isLocked)).toMatchObject([{ userAuthenticatorId }]);
    await support.unlock("alice", by, userAuthenticatorId);
    expect(JSON.stringify(await support.locks("alice"))).not.toContain("true");
    expect((await audit.query()).items[0]).toMatchObject({
      type: "authenticator.unlocked",
      userAuthenticatorId,
      ...by,
    });
    expect(await answers(harness, "alice", shared)).toBe(true);
    await support.unlock("alice", by);
    expect((await audit.query()).items[0]).toMatchObject({ type: "user.unlocked", userId: "alice", ...by });
  });

  it("removes an authenticator, and no other user's", async () => {
    const harness = createHarness();
    const { support, authenticators } = harness.engine;
    await enrollApp(harness, "alice");
    const app = await appOf(harness, "alice");
    const id = app;
    await expect(support.removeAuthenticator("bob", id, by)).rejects.toMatchObject({ reason: "not_found" });
    await expect(support.unlock("bob", by, id)).rejects.toMatchObject({ reason: "not_found" });
    await support.removeAuthenticator("alice", id, by);
    expect(await authenticators.list("alice")).toMatchObject([{ verificationMethod: "RECOVERY_CODE" }]);
    expect(harness.events.at(-1)).toMatchObject({ type: "authenticator.removed", userAuthenticatorId: id, ...by });
  });

  it("forgets devices, and ends sessions, of this user alone", async () => {
    const store = createMemoryStore();
    const { engine, clock } = createHarness({ store });
    const { support } = engine;
    const at = clock.now();
    const session = (sessionId: string, userId: string, kind?: "device") =>
      store.putSession(
        {
          sessionId,
          userId,
          actionId: sessionId,
          clientId: "web",
          verificationMethod: "PASSKEY",
          generation: 1,
          createdAt: at,
          expiresAt: at + minute,
          ...(kind && { kind }),
        },
        { type: "session.created", at },
      );
    for (const userId of ["alice", "bob"]) {
      await session(`${userId}-device`, userId, "device");
      await session(`${userId}-session`, userId);
    }
    await expect(support.revokeDevice("bob", "alice-device", by)).rejects.toMatchObject({ reason: "not_found" });
    await expect(support.revokeDevice("alice", "alice-session", by)).rejects.toMatchObject({ reason: "not_found" });
    await expect(support.revokeDevice("alice", "a\u0000b", by)).rejects.toMatchObject({ field: "deviceId" });
    await support.revokeDevice("alice", "alice-device", by);
    expect(await engine.rememberedDevices.list("alice")).toEqual([]);
    expect((await engine.audit.query()).items[0]).toMatchObject({
      type: "device.revoked",
      deviceId: "alice-device",
      ...by,
    });
    await support.endSessions("alice", by);
    expect(await store.listSessions("alice", at)).toEqual([]);
    expect(await store.listSessions("bob", at)).toHaveLength(2);
  });

  it.each([
    ["no reason", { actor: "olga", reason: " " }],
    ["a reason of two lines", { actor: "olga", reason: "a\nforged: line" }],
    ["a reason that goes on", { actor: "olga", reason: "x".repeat(501) }],
    ["no actor", { actor: "", reason: "x" }],
    ["nothing", undefined],
  ])("asks for who and why: %s", async (_name, given) => {
    const harness = createHarness();
    const { support, authenticators } = harness.engine;
    await enrollApp(harness, "alice");
    const id = await appOf(harness, "alice");
    const wrong = given as typeof by;
    const refused = { reason: "request_invalid" };
    await expect(support.unlock("alice", wrong)).rejects.toMatchObject(refused);
    await expect(support.removeAuthenticator("alice", id, wrong)).rejects.toMatchObject(refused);
    await expect(support.revokeDevice("alice", "d", wrong)).rejects.toMatchObject(refused);
    await expect(support.endSessions("alice", wrong)).rejects.toMatchObject(refused);
    expect(await authenticators.list("alice")).toHaveLength(2);
  });
});
