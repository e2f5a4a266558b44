import { inFull } from "@require-action-test/support/full";
import { createMemoryStore } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, never, remote, track } from "../../engine/test/harness.ts";
import { sqlStores } from "./stores.ts";

const RACES = inFull ? 50 : 10;
const APP = "AUTHENTICATOR_APP";
const stores = [
  {
    name: "memory",
    absent: undefined,
    open: async () => ({ store: remote(createMemoryStore()), close: async () => {} }),
  },
  ...sqlStores,
] as const;

describe.each(stores)("on $name", ({ absent, open }) => {
  describe.skipIf(absent)("", () => {
    let harness: Harness;
    let close: () => Promise<void>;

    beforeEach(async () => {
      const opened = await open();
      close = opened.close;
      harness = createHarness({ store: opened.store });
    });
    afterEach(() => close());

    /** Completes a challenge with the app; answers with its key and result token. */
    async function approvedByApp(shared: string) {
      const { token, key } = await track(harness.engine, "alice");
      const code = codeAt(shared, harness.clock.now());
      const { accessToken = "" } = await harness.engine.challenges.verify(token, APP, code);
      harness.clock.advance(30_000);
      return { key, accessToken };
    }

    /** Whether an approval is one by the two ways that guards ask. */
    async function approves({ key, accessToken }: Awaited<ReturnType<typeof approvedByApp>>): Promise<boolean[]> {
      const { userId, action } = key;
      const { isValid } = await harness.engine.validateChallenge({ token: accessToken, userId, action }, never);
      return [isValid, (await harness.engine.getAction(key, never))?.state === "CHALLENGE_SUCCEEDED"];
    }

    async function idOf(method: string): Promise<string> {
      const all = await harness.engine.authenticators.list("alice");
      return all.find(({ verificationMethod }) => verificationMethod === method)?.userAuthenticatorId ?? "";
    }

    describe("a user who is deleted", () => {
      it("T66: leaves no review that could be approved, nor one that was", async () => {
        const { engine } = harness;
        const open = await track(engine, "alice", "close-account");
        const approved = await track(engine, "alice", "close-account");
        await engine.reviews.approve(approved.key, { reviewer: "rita" });
        const other = await track(engine, "bob", "close-account");
        await engine.users.delete("alice");
        await expect(engine.reviews.approve(open.key, { reviewer: "rita" })).rejects.toMatchObject({
          reason: "state_conflict",
        });
        for (const { key } of [open, approved]) {
          await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "BLOCK" });
        }
        await expect(engine.reviews.approve(other.key, { reviewer: "rita" })).resolves.toMatchObject({
          state: "REVIEW_SUCCEEDED",
        });
      });

      it("T66: leaves nothing to whoever has the id next", async () => {
        const { engine } = harness;
        const before = await approvedByApp(await enrollApp(harness, "alice"));
        const open = await track(engine, "alice");
        await engine.users.delete("alice");
        await enrollApp(harness, "alice");
        await expect(approves(before)).resolves.toEqual([false, false]);
        await expect(engine.challenges.verify(open.token, APP, "000000")).rejects.toMatchObject({
          reason: "challenge_not_open",
        });
        await expect(approves(await approvedByApp(await renewedApp()))).resolves.toEqual([true, true]);
      });

      it(`T66: of ${RACES} approvals and ${RACES} completed challenges at the same time, none runs afterwards`, async () => {
        const { engine, clock } = harness;
        for (let race = 0; race < RACES; race++) {
          const userId = `user-${race}`;
          await engine.authenticators.enrollVerified(userId, {
            verificationMethod: "EMAIL_OTP",
            email: `${userId}@b.example`,
          });
          const review = await track(engine, userId, "close-account");
          const challenge = await track(engine, userId);
          await engine.challenges.send(challenge.token, "EMAIL_OTP");
          const code = lastCode(harness);
          const acts = [
            () => engine.reviews.approve(review.key, { reviewer: "rita" }),
            () => engine.challenges.verify(challenge.token, "EMAIL_OTP", code),
            () => engine.users.delete(userId),
          ];
          if (race % 2 === 1) acts.reverse();
          const settled = await Promise.allSettled(acts.map((act) => act()));
          expect(settled.at(race % 2 === 1 ? 0 : -1)).toMatchObject({ status: "fulfilled" });
          await expect(engine.getAction(review.key, never)).resolves.toMatchObject({ state: "BLOCK" });
          await expect(engine.getAction(challenge.key, never)).resolves.toMatchObject({ state: "BLOCK" });
          await expect(engine.authenticators.list(userId)).resolves.toEqual([]);
          await expect(engine.users.devices(userId)).resolves.toEqual([]);
          clock.advance(1_000);
        }
      });

      it(`T66: of ${RACES} enrolments completed at the same time, none leaves an authenticator`, async () => {
        const { engine, clock } = harness;
        for (let race = 0; race < RACES; race++) {
          const userId = `user-${race}`;
          const { token } = await track(engine, userId);
          const { secret = "" } = await engine.challenges.enroll(token, APP, {});
          const acts = [
            () => engine.challenges.verify(token, APP, codeAt(secret, clock.now())),
            () => engine.users.delete(userId),
          ];
          if (race % 2 === 1) acts.reverse();
          await Promise.allSettled(acts.map((act) => act()));
          await expect(engine.authenticators.list(userId)).resolves.toEqual([]);
        }
      });
    });

    /** A new app in the place of the one before. */
    async function renewedApp(): Promise<string> {
      const { engine, clock } = harness;
      const { token } = await track(engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
      const { secret = "" } = await engine.challenges.enroll(token, APP, {});
      await engine.challenges.verify(token, APP, codeAt(secret, clock.now()));
      clock.advance(30_000);
      return secret;
    }

    describe("T55: an approval approves nothing any more", () => {
      it.each<[string, () => Promise<unknown>]>([
        ["was removed", async () => harness.engine.authenticators.remove("alice", await idOf(APP))],
        ["was replaced", () => renewedApp()],
        ["went with its user", () => harness.engine.users.delete("alice")],
      ])("once its authenticator %s", async (_how, end) => {
        const approval = await approvedByApp(await enrollApp(harness, "alice"));
        await expect(approves(approval)).resolves.toEqual([true, true]);
        await end();
        await expect(approves(approval)).resolves.toEqual([false, false]);
        await expect(harness.engine.actions.find(approval.key)).resolves.toMatchObject({ state: "BLOCK" });
      });

      it("and those by other authenticators do", async () => {
        const approval = await approvedByApp(await enrollApp(harness, "alice"));
        await harness.engine.authenticators.remove("alice", await idOf("RECOVERY_CODE"));
        await expect(approves(approval)).resolves.toEqual([true, true]);
      });

      it.each([0, 7])(
        "once the recovery codes that it took one of are made anew, %i of them used before",
        async (used) => {
          const { engine, clock } = harness;
          const { token } = await track(engine, "alice");
          const { secret = "" } = await engine.challenges.enroll(token, APP, {});
          const code = codeAt(secret, clock.now());
          const { recoveryCodes = [] } = await engine.challenges.verify(token, APP, code);
          const take = async (index: number) => {
            const open = await track(engine, "alice");
            const { accessToken = "" } = await engine.challenges.verify(
              open.token,
              "RECOVERY_CODE",
              recoveryCodes[index],
            );
            return { key: open.key, accessToken };
          };
          for (let index = 0; index < used; index++) await take(index);
          const approval = await take(used);
          await expect(approves(approval)).resolves.toEqual([true, true]);
          await renewedApp();
          await expect(approves(approval)).resolves.toEqual([false, false]);
        },
      );
    });
  });
});
