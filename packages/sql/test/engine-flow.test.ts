import { itInFull } from "@require-action-test/support/full";
import { codeAt, otherThan } from "@require-action-test/support/codes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, never, track } from "../../engine/test/harness.ts";
import { type OpenStore, sqlStores } from "./stores.ts";

const day = 24 * 60 * minute;
const PENDING_REVIEWS = 1_000;

describe.each(sqlStores)("the engine on $name", ({ absent, open }) => {
  describe.skipIf(absent)("", () => {
    let opened: OpenStore;
    let harness: Harness;

    beforeEach(async () => {
      opened = await open();
      harness = createHarness({ store: opened.store });
    });
    afterEach(() => opened.close());

    it("withdraws funds: enrolment, challenge, and a result that another process believes", async () => {
      const { engine, clock } = harness;
      const shared = await enrollApp(harness, "alice");
      const { token, state, key } = await track(engine, "alice", "withdraw-funds", { custom: { amount: "500.00" } });
      expect(state).toBe("CHALLENGE_REQUIRED");
      const code = codeAt(shared, clock.now());
      const wrong = await engine.challenges.verify(token, "AUTHENTICATOR_APP", otherThan(code));
      expect(wrong.isVerified).toBe(false);
      const { isVerified, accessToken = "" } = await engine.challenges.verify(token, "AUTHENTICATOR_APP", code);
      expect(isVerified).toBe(true);

      const elsewhere = createHarness({ store: await opened.reopen(), clock });
      const result = await elsewhere.engine.validateChallenge(
        { token: accessToken, userId: "alice", action: "withdraw-funds" },
        never,
      );
      expect(result).toMatchObject({ isValid: true, state: "CHALLENGE_SUCCEEDED", idempotencyKey: key.idempotencyKey });
      // T8: the same code for another action.
      const again = await track(elsewhere.engine, "alice");
      const replayed = await elsewhere.engine.challenges.verify(again.token, "AUTHENTICATOR_APP", code);
      expect(replayed.isVerified).toBe(false);
    });

    it("decides by the rules", async () => {
      const { engine } = harness;
      const stateFor = async (custom: Record<string, string>) =>
        (await track(engine, "alice", "withdraw-funds", { custom })).state;
      await expect(stateFor({ amount: "5" })).resolves.toBe("ALLOW");
      await expect(stateFor({ amount: "50" })).resolves.toBe("CHALLENGE_REQUIRED");
      await expect(stateFor({ amount: "50000" })).resolves.toBe("REVIEW_REQUIRED");
      await expect(stateFor({ amount: "5", payee: "mallory" })).resolves.toBe("BLOCK");
    });

    it("mails a code that counts once", async () => {
      const { engine } = harness;
      await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@bank.example" });
      const { token } = await track(engine, "alice", "read-mail");
      await engine.challenges.send(token, "EMAIL_OTP");
      const answers = await Promise.allSettled(
        Array.from({ length: 5 }, () => engine.challenges.verify(token, "EMAIL_OTP", lastCode(harness))),
      );
      const verified = answers.filter((answer) => answer.status === "fulfilled" && answer.value.isVerified);
      expect(verified).toHaveLength(1);
    });

    itInFull(
      "F30: reviews that nobody decided are refused in their time, by a process that was not there before",
      async () => {
        const { engine, clock } = harness;
        const keys: Awaited<ReturnType<typeof track>>["key"][] = [];
        for (let index = 0; index < PENDING_REVIEWS; index++) {
          keys.push((await track(engine, `user-${index % 10}`, "close-account")).key);
        }
        await engine.reviews.approve(keys[0]!, { reviewer: "rita" });
        clock.advance(3 * day - 1);
        const elsewhere = createHarness({ store: await opened.reopen(), clock });
        const stateOf = async (index: number) => (await elsewhere.engine.getAction(keys[index]!, never))?.state;
        await expect(stateOf(0)).resolves.toBe("REVIEW_SUCCEEDED");
        await expect(stateOf(1)).resolves.toBe("REVIEW_REQUIRED");
        clock.advance(1);
        const states = await Promise.all(keys.map((_, index) => stateOf(index)));
        expect(states.filter((state) => state === "REVIEW_FAILED")).toHaveLength(PENDING_REVIEWS - 1);
        await expect(elsewhere.engine.reviews.list()).resolves.toMatchObject({ items: [] });
      },
    );
  });
});
