import assert from "node:assert/strict";
import { neverAnswers, type ProviderVerb, type RawAnswer } from "@require-action/testing";
import type { AdapterCase } from "../adapter-harness.ts";
import { approvedWithdrawal, createGate, guarded, inWorld, unguarded, until, withdraw, type World } from "../world.ts";

const throwsLater: RawAnswer = async () => {
  throw new Error("Authorization: Basic c2VjcmV0Og==");
};
const throwsNow: RawAnswer = () => {
  throw new TypeError("secret");
};

/** Ways in which a provider fails, each on every verb. */
const faults: readonly { readonly name: string; readonly answer: RawAnswer }[] = [
  { name: "rejects", answer: throwsLater },
  { name: "throws", answer: throwsNow },
  { name: "hangs", answer: neverAnswers },
  { name: "answers HTML", answer: () => "<html>ok</html>" },
  { name: "answers nothing", answer: () => null },
  { name: "answers an empty object", answer: () => ({}) },
  { name: "answers a list", answer: () => [{ state: "ALLOW", isEnrolled: true }] },
  { name: "answers in lower case", answer: () => ({ state: "allow", isEnrolled: true, isValid: true }) },
  { name: "answers an unknown state", answer: () => ({ state: "ALLOWED", isEnrolled: true, isValid: true }) },
  { name: "answers for another key", answer: () => ({ state: "ALLOW", isEnrolled: true, idempotencyKey: "another" }) },
  { name: "answers valid as a string", answer: () => ({ isValid: "true", state: "CHALLENGE_SUCCEEDED" }) },
];

async function assertUnavailable(world: World, token?: string): Promise<void> {
  const { status, json, headers, text } = await withdraw(world, token === undefined ? {} : { token });
  assert.equal(status, 503);
  assert.equal(json.code, "decision_unavailable");
  // Sooner where this process was late itself, as on a busy machine: then it counts as busy.
  assert.match(String(headers["retry-after"]), /^[15]$/);
  assert.doesNotMatch(text + JSON.stringify(world.events), /secret|c2VjcmV0/);
  assert.equal(world.runs.length, 0);
}

export const slowAndBroken: readonly AdapterCase[] = [
  {
    group: "b",
    title: "F32: the guard hands on once, so that nothing behind the handler runs",
    run: (harness) =>
      inWorld(harness, { routes: [guarded("/withdrawals"), unguarded("/withdrawals")] }, async (world) => {
        await withdraw(world);
        await world.send({ path: "/bank/elsewhere" });
        assert.equal(world.runs.length, 1);
      }),
  },
  {
    group: "b",
    title: "the handler waits for a slow decision, and then runs exactly once",
    run: (harness) =>
      inWorld(harness, { guard: { deadlineMs: { decision: 10_000 } } }, async (world) => {
        const gate = createGate();
        world.provider.override("track", async (request) => {
          await gate.opened;
          const { attributes } = request as { attributes: { idempotencyKey: string } };
          return { state: "ALLOW", isEnrolled: true, idempotencyKey: attributes.idempotencyKey };
        });
        const answer = withdraw(world);
        await until(() => world.provider.calls.length === 1);
        assert.equal(world.runs.length, 0);
        gate.open();
        assert.equal((await answer).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  },
  {
    group: "b",
    title: "a decision that arrives after its deadline runs no handler",
    run: (harness) =>
      inWorld(harness, { guard: { deadlineMs: { decision: 20 } } }, async (world) => {
        const gate = createGate();
        world.provider.override("track", async (request) => {
          await gate.opened;
          const { attributes } = request as { attributes: { idempotencyKey: string } };
          return { state: "ALLOW", isEnrolled: true, idempotencyKey: attributes.idempotencyKey };
        });
        await assertUnavailable(world);
        gate.open();
        world.provider.restore();
        world.provider.answer("BLOCK");
        await withdraw(world);
        assert.equal(world.runs.length, 0);
      }),
  },
  ...faults.map(({ name, answer }): AdapterCase => ({
    group: "c",
    title: `T12, T50: a provider that ${name} runs no handler, with or without a token`,
    run: (harness) =>
      inWorld(harness, { guard: { deadlineMs: { decision: 30 } } }, async (world) => {
        const token = await approvedWithdrawal(world);
        for (const verb of ["track", "validateChallenge", "getAction"] satisfies ProviderVerb[])
          world.provider.override(verb, answer);
        await assertUnavailable(world);
        // An answer that is well-formed for validation and belongs to nobody is a bad token; all else is unavailable.
        const retry = await withdraw(world, { token });
        assert.ok(retry.status === 503 || retry.status === 403);
        assert.equal(world.runs.length, 0);
        world.provider.restore();
        assert.equal((await withdraw(world, { token })).status, 200, "the approval is still good");
      }),
  })),
  {
    group: "c",
    title: "a ledger that hangs or throws runs no handler",
    run: async (harness) => {
      const hangs = { name: "hangs", claim: () => new Promise<boolean>(() => {}), release: async () => {} };
      const throws = { name: "throws", claim: () => Promise.reject(new Error("secret")), release: async () => {} };
      for (const ledger of [hangs, throws]) {
        await inWorld(harness, { guard: { ledger, deadlineMs: { ledger: 20 } } }, async (world) => {
          await assertUnavailable(world, await approvedWithdrawal(world));
        });
      }
    },
  },
  {
    group: "c",
    title: "onUnavailable allow is explicit, and the handler can see it",
    run: (harness) =>
      inWorld(harness, { guard: { onUnavailable: "allow" } }, async (world) => {
        world.provider.override("track", throwsLater);
        assert.equal((await withdraw(world)).status, 200);
        assert.equal(world.runs[0]?.approved?.ground, "failed_open");
        assert.equal(world.runs[0]?.approved?.failedOpen, true);
        assert.ok(world.events.some((event) => event.type === "proceed" && event.failedOpen));
      }),
  },
];
