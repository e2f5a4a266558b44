import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore } from "@require-action/engine";
import type { UserChanges } from "@require-action/engine/store";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, lastCode, minute, never, track } from "./harness.ts";

describe("users", () => {
  it("are changed field by field", async () => {
    const { engine, clock } = createHarness();
    const createdAt = clock.now();
    await engine.users.update("alice", { email: "alice@mail.example", displayName: "Alice" });
    await engine.users.update("alice", { displayName: null, phoneNumber: "+64270000000" });
    await expect(engine.users.find("alice")).resolves.toEqual({
      userId: "alice",
      createdAt,
      email: "alice@mail.example",
      phoneNumber: "+64270000000",
    });
  });

  it.each([
    { email: "not an address" },
    { emailVerified: "yes" },
    { phoneNumber: "1" },
    { username: "a\nb" },
    { userId: "mallory" },
    { constructor: "x" },
    { custom: { a: Number.NaN } },
    JSON.parse('{"__proto__":"x"}') as object,
  ])("refuse %j", async (changes) => {
    const { engine } = createHarness();
    await expect(engine.users.update("alice", changes as UserChanges)).rejects.toMatchObject({
      reason: "request_invalid",
    });
    await expect(engine.users.find("alice")).resolves.toBeUndefined();
  });

  it("are found by e-mail, phone number and name, in pages", async () => {
    const { engine } = createHarness();
    for (const userId of ["a", "b", "c"]) await engine.users.update(userId, { email: "shared@mail.example" });
    const first = await engine.users.query({ email: "shared@mail.example", limit: 2 });
    const second = await engine.users.query({
      email: "shared@mail.example",
      limit: 2,
      ...(first.next === undefined ? {} : { after: first.next }),
    });
    expect([...first.items, ...second.items].map(({ userId }) => userId)).toEqual(["a", "b", "c"]);
    await expect(engine.users.query({ username: "nobody" })).resolves.toEqual({ items: [] });
  });

  it("take their authenticators with them, and leave the audit trail", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    await harness.engine.users.delete("alice");
    await expect(harness.engine.authenticators.list("alice")).resolves.toEqual([]);
    await expect(track(harness.engine, "alice")).resolves.toMatchObject({ isEnrolled: false });
    const { items } = await harness.engine.audit.query({ userId: "alice" });
    expect(items.map(({ type }) => type)).toContain("authenticator.enrolled");
  });

  it("T18: leave no token behind that enrols anew or is still an approval", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    const open = await track(engine, "alice");
    const passed = await track(engine, "alice");
    const other = await track(engine, "bob");
    const code = codeAt(shared, clock.now());
    const { accessToken = "" } = await engine.challenges.verify(passed.token, "AUTHENTICATOR_APP", code);
    await engine.users.delete("alice");
    for (const token of [open.token, accessToken]) {
      await expect(engine.challenges.enroll(token, "AUTHENTICATOR_APP", {})).rejects.toMatchObject({
        reason: "factor_change_forbidden",
      });
    }
    const { userId, action } = passed.key;
    await expect(engine.validateChallenge({ token: accessToken, userId, action }, never)).resolves.toMatchObject({
      isValid: false,
      state: "BLOCK",
    });
    await expect(engine.actions.find(other.key)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
    const { items } = await engine.audit.query({ userId: "alice" });
    // One more is what the enrolment was begun under.
    const blocked = items.filter(({ reason, state }) => reason === "user_deleted" && state === "BLOCK");
    expect(blocked).toHaveLength(3);
  });

  it("T18: leave no token behind of an action of long ago that was asked for again", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    const { key } = await track(engine, "alice");
    clock.advance(60 * minute);
    const { userId, action, idempotencyKey } = key;
    const { token } = await engine.track({ userId, action, attributes: { idempotencyKey } }, never);
    const code = codeAt(shared, clock.now());
    const { accessToken = "" } = await engine.challenges.verify(token, "AUTHENTICATOR_APP", code);
    await engine.users.delete("alice");
    await expect(engine.challenges.enroll(accessToken, "AUTHENTICATOR_APP", {})).rejects.toMatchObject({
      reason: "factor_change_forbidden",
    });
    await expect(engine.actions.find(key)).resolves.toMatchObject({ state: "BLOCK" });
  });

  it.each([
    ["another address", { email: "alice@new.example" }, false],
    ["no address", { email: null }, false],
    ["the same mailbox, written otherwise", { email: "Alice@Mail.Example" }, true],
    ["another phone number", { phoneNumber: "+64270000000" }, true],
  ])("T55: with %s, an approval by a code to the one before stands: %j %s", async (_what, changes, stands) => {
    const harness = createHarness();
    const { engine } = harness;
    await engine.users.update("alice", { email: "alice@mail.example" });
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_OTP",
      email: "alice@mail.example",
    });
    const { token, key } = await track(engine, "alice");
    await engine.challenges.send(token, "EMAIL_OTP");
    const { accessToken = "" } = await engine.challenges.verify(token, "EMAIL_OTP", lastCode(harness));
    await engine.users.update("alice", changes);
    const { userId, action } = key;
    await expect(engine.validateChallenge({ token: accessToken, userId, action }, never)).resolves.toMatchObject({
      isValid: stands,
    });
    // The factor stays: without it, a session alone could enrol a first one.
    await expect(engine.authenticators.list("alice")).resolves.toHaveLength(1);
  });

  it("are kept apart by their ids as they are", async () => {
    const { engine } = createHarness();
    const ids = ["alice", "Alice", "alice ", "é", "e\u0301", "__proto__", "constructor"];
    for (const [index, userId] of ids.entries()) await engine.users.update(userId, { username: `name-${index}` });
    const names = await Promise.all(ids.map(async (userId) => (await engine.users.find(userId))?.username));
    expect(names).toEqual(ids.map((_, index) => `name-${index}`));
  });

  it("T66: leave nothing of an enrolment that saw them until the deletion was committed", async () => {
    const store = createMemoryStore();
    let deletions = 0;
    const { engine } = createHarness({
      store: {
        ...store,
        async deleteUser(userId, event) {
          await store.deleteUser(userId, event);
          if (++deletions > 1) return;
          // As a database that deletes what it saw when it began.
          const [identity, at] = [
            { userId, userAuthenticatorId: "codes", verificationMethod: "RECOVERY_CODE" },
            event.at,
          ];
          const pending = { ...identity, createdAt: at, version: 0, codeHashes: [] };
          await store.addAuthenticator(pending, { type: "authenticator.enrollment_started", at });
          const activation = { onlyIfFirst: false, replacesOthers: true, verifiedAt: at, changes: {} };
          await store.activateAuthenticator(pending, activation, { type: "authenticator.enrolled", at });
        },
      },
    });
    await engine.users.update("alice", { displayName: "Alice" });
    await engine.users.delete("alice");
    await expect(engine.authenticators.list("alice")).resolves.toEqual([]);
  });
});
