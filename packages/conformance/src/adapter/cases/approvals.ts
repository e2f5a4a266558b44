import assert from "node:assert/strict";
import { RequireActionError } from "@require-action/core";
import type { AdapterCase, AdapterHarness, HandlerBody, RouteGuard } from "../adapter-harness.ts";
import { approvedWithdrawal, guarded, inWorld, unguarded, withdraw, type World, WITHDRAWAL } from "../world.ts";

type Guards = readonly RouteGuard[];

/** What a handler learns from a guard: the bound fields, or the code of the error. */
function boundOrCode(guard: RouteGuard | undefined, native: object): HandlerBody {
  try {
    return { bound: guard?.approved(native).bound };
  } catch (error) {
    if (!(error instanceof RequireActionError)) throw error;
    return { code: error.code };
  }
}

/** A handler that asks every guard of its route. */
const askAll = (native: object, guards: Guards): HandlerBody => ({
  answers: guards.map((guard) => boundOrCode(guard, native)),
});

const bindAmount = (harness: AdapterHarness) => async (native: object) => ({ amount: harness.bodyOf(native).amount });
const bindPayee = (harness: AdapterHarness) => async (native: object) => ({ payee: harness.bodyOf(native).payee });

/** Withdraws, and then has the handler of another route ask the guard of the withdrawal. */
async function askElsewhere(
  harness: AdapterHarness,
  elsewhere: Parameters<typeof guarded>[1] | undefined,
): Promise<HandlerBody> {
  let withdrawal: RouteGuard | undefined;
  let answer: HandlerBody = {};
  const other = elsewhere === undefined ? unguarded("/payouts") : guarded("/payouts", elsewhere);
  const options = {
    routes: [guarded("/withdrawals", { action: "withdraw-funds", options: { bind: bindAmount(harness) } }), other],
    inHandler: (native: object, guards: Guards) => {
      withdrawal ??= guards[0];
      return boundOrCode(withdrawal, native);
    },
  };
  await inWorld(harness, options, async (world) => {
    assert.deepEqual((await withdraw(world)).json, { bound: { amount: WITHDRAWAL.amount } });
    answer = (await world.send({ path: "/bank/payouts", body: WITHDRAWAL })).json;
    assert.equal(world.runs.length, 2);
  });
  return answer;
}

export const approvals: readonly AdapterCase[] = [
  {
    group: "o",
    title: "a guard tells its handler the bound fields as they were approved, also of a bind that is asynchronous",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals", { action: "withdraw-funds", options: { bind: bindAmount(harness) } })],
          inHandler: askAll,
        },
        async (world: World) => {
          const token = await approvedWithdrawal(world, { amount: "1.00" });
          const answers = [{ bound: { amount: "1.00" } }];
          assert.deepEqual((await withdraw(world, { amount: "1.00", payee: "another", token })).json, { answers });
          world.provider.answer("ALLOW");
          assert.deepEqual((await withdraw(world, { amount: "2.00" })).json, {
            answers: [{ bound: { amount: "2.00" } }],
          });
        },
      ),
  },
  {
    group: "o",
    title: "a guard without bound fields tells its handler what was approved",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals"), guarded("/payouts", { action: "pay-out", options: { bind: "none" } })],
          inHandler: (native, guards) => {
            const { action, userId, ground, binding } = guards[0]!.approved(native);
            return { action, userId, ground, binding };
          },
        },
        async (world) => {
          const approved = { userId: "alice", ground: "allowed" };
          const [whole, none] = [await withdraw(world), await world.send({ path: "/bank/payouts", body: {} })];
          assert.deepEqual(whole.json, { ...approved, action: "withdraw-funds", binding: "request" });
          assert.deepEqual(none.json, { ...approved, action: "pay-out", binding: "none" });
        },
      ),
  },
  {
    group: "o",
    title: "T14: a guard tells a handler that nothing guards action_not_passed",
    run: async (harness) => {
      assert.deepEqual(await askElsewhere(harness, undefined), { code: "action_not_passed" });
    },
  },
  {
    group: "o",
    title: "T14: a guard tells a handler behind the guard of another action action_not_passed",
    run: async (harness) => {
      const other = { action: "pay-out", options: { bind: bindAmount(harness) } };
      assert.deepEqual(await askElsewhere(harness, other), { code: "action_not_passed" });
    },
  },
  {
    group: "o",
    title: "T14: a guard tells a handler behind another guard of its action action_not_passed",
    run: async (harness) => {
      const other = { action: "withdraw-funds", options: { bind: bindPayee(harness) } };
      assert.deepEqual(await askElsewhere(harness, other), { code: "action_not_passed" });
    },
  },
  {
    group: "o",
    title: "each of several guards on a route tells its own fields",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            guarded(
              "/withdrawals",
              { action: "withdraw-funds", options: { bind: bindAmount(harness) } },
              { action: "withdraw-funds", options: { bind: bindPayee(harness), observe: true } },
              { action: "name-payee", options: { bind: bindPayee(harness) } },
            ),
          ],
          inHandler: askAll,
        },
        async (world) => {
          const { amount, payee } = WITHDRAWAL;
          const answers = [{ bound: { amount } }, { bound: { payee } }, { bound: { payee } }];
          assert.deepEqual((await withdraw(world)).json, { answers });
        },
      ),
  },
  {
    group: "o",
    title: "a guard whose approval was given back tells action_not_passed",
    run: (harness) =>
      inWorld(
        harness,
        {
          inHandler: async (native, guards) => {
            await guards[0]!.approved(native).release();
            return boundOrCode(guards[0], native);
          },
        },
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.deepEqual((await withdraw(world, { token })).json, { code: "action_not_passed" });
        },
      ),
  },
  {
    group: "o",
    title: "a guard that is not required tells so, and no fields",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            guarded("/withdrawals", {
              action: "withdraw-funds",
              options: { bind: bindAmount(harness), when: () => false },
            }),
          ],
          inHandler: (native, guards) => {
            const { ground, bound } = guards[0]!.approved(native);
            return { ground, isBound: bound !== undefined };
          },
        },
        async (world) => {
          assert.deepEqual((await withdraw(world)).json, { ground: "not_required", isBound: false });
        },
      ),
  },
];
