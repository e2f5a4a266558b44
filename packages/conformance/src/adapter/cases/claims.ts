import assert from "node:assert/strict";
import { createMemoryLedger } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import type { AdapterCase, AdapterHarness } from "../adapter-harness.ts";
import {
  approvedWithdrawal,
  createGate,
  guarded,
  inWorld,
  until,
  withdraw,
  WITHDRAWAL,
  type World,
  type WorldOptions,
} from "../world.ts";

/** The withdrawal, whose handler claims; `claim` is what it does about that. */
function claiming(
  harness: AdapterHarness,
  claim: (claimWith: (ledger: Ledger) => Promise<void>) => Promise<void>,
): WorldOptions {
  return {
    guard: { deadlineMs: { decision: 10_000 } },
    routes: [guarded("/withdrawals", { action: "withdraw-funds", options: { claim: "handler" } })],
    inHandler: (native) => claim((ledger) => harness.assertActionPassed(native, "withdraw-funds").claim(ledger)),
  };
}

const unclaimed = ({ events }: World): number => events.filter(({ type }) => type === "unclaimed").length;

export const claims: readonly AdapterCase[] = [
  {
    group: "m",
    title: "F18: requests with one approval all reach a handler that claims; one does, and the others answer 409",
    run: async (harness) => {
      const gate = createGate();
      const ledger = createMemoryLedger();
      const options = claiming(harness, async (claimWith) => {
        await gate.opened;
        await claimWith(ledger);
      });
      await inWorld(harness, options, async (world) => {
        const token = await approvedWithdrawal(world);
        const answers = Array.from({ length: 5 }, () => withdraw(world, { token }));
        await until(() => world.runs.length === 5);
        gate.open();
        const statuses = (await Promise.all(answers)).map(({ status }) => status).toSorted((a, b) => a - b);
        assert.deepEqual(statuses, [200, 409, 409, 409, 409]);
        assert.equal((await withdraw(world, { token })).status, 409);
        assert.equal(unclaimed(world), 0);
      });
    },
  },
  {
    group: "m",
    title: "F18: a handler that answers well without having claimed is reported, and its approval is still good",
    run: (harness) => {
      let isForgetful = true;
      const ledger = createMemoryLedger();
      const options = claiming(harness, async (claimWith) => {
        if (!isForgetful) await claimWith(ledger);
      });
      return inWorld(harness, options, async (world) => {
        const token = await approvedWithdrawal(world);
        assert.equal((await withdraw(world, { token })).status, 200);
        await until(() => unclaimed(world) === 1);
        const event = world.events.find(({ type }) => type === "unclaimed");
        assert.equal(event?.type === "unclaimed" && event.status, 200);
        isForgetful = false;
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal((await withdraw(world, { token })).status, 409);
      });
    },
  },
  {
    group: "m",
    title: "F18: a handler that fails before it has claimed is not reported, and its approval is still good",
    run: (harness) => {
      let isFailing = true;
      const ledger = createMemoryLedger();
      const options = claiming(harness, async (claimWith) => {
        if (isFailing) throw new Error("the database is down");
        await claimWith(ledger);
      });
      return inWorld(harness, options, async (world) => {
        const token = await approvedWithdrawal(world);
        assert.equal((await withdraw(world, { token })).status, 500);
        isFailing = false;
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal((await withdraw(world, { token })).status, 409);
        assert.equal(unclaimed(world), 0);
      });
    },
  },
];

const REQUESTS = 50;

export const parallel: readonly AdapterCase[] = [
  {
    group: "g",
    title: "50 requests at once each see their own approved action",
    run: async (harness) => {
      const gate = createGate();
      let inside = 0;
      await inWorld(
        harness,
        {
          guard: { deadlineMs: { decision: 10_000 } },
          inHandler: async (native) => {
            inside++;
            await gate.opened;
            const approved = harness.approvedAction(native, "withdraw-funds");
            return { userId: approved?.userId, amount: approved?.bound?.["amount"] };
          },
        },
        async (world) => {
          const answers = Array.from({ length: REQUESTS }, (_, index) =>
            withdraw(world, { user: `user-${index}`, amount: `${index}.00` }),
          );
          await until(() => inside === REQUESTS);
          gate.open();
          const bodies = (await Promise.all(answers)).map(({ json }) => json);
          assert.deepEqual(
            bodies,
            Array.from({ length: REQUESTS }, (_, index) => ({ userId: `user-${index}`, amount: `${index}.00` })),
          );
        },
      );
    },
  },
  {
    group: "g",
    title: "T5: 50 requests at once with one approval run the handler once, and 49 are told that it is used",
    run: (harness) =>
      inWorld(harness, { guard: { deadlineMs: { decision: 10_000, ledger: 10_000 } } }, async (world) => {
        const token = await approvedWithdrawal(world);
        const answers = await Promise.all(Array.from({ length: REQUESTS }, () => withdraw(world, { token })));
        assert.equal(world.runs.length, 1);
        assert.equal(answers.filter(({ status }) => status === 200).length, 1);
        assert.equal(
          answers.filter(({ status, json }) => status === 409 && json.code === "action_token_used").length,
          49,
        );
      }),
  },
  {
    group: "g",
    title: "T9: an approval asked for and not completed passes nothing, on any other request either",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const { json } = await withdraw(world);
        for (const token of [json.token, json.idempotencyKey]) {
          assert.equal((await withdraw(world, { token })).json.code, "challenge_incomplete");
        }
        assert.equal((await withdraw(world, WITHDRAWAL)).json.code, "challenge_required");
        assert.equal(world.runs.length, 0);
      }),
  },
];
