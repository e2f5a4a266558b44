import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-case.ts";
import { approvedWithdrawal, createGate, inWorld, until, withdraw, WITHDRAWAL } from "../world.ts";

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
