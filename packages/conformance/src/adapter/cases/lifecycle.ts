import assert from "node:assert/strict";
import { createMemoryLedger } from "@require-action/core";
import type { AdapterCase } from "../adapter-harness.ts";
import { approvedWithdrawal, createGate, guarded, inWorld, unguarded, until, withdraw } from "../world.ts";

export const lifecycle: readonly AdapterCase[] = [
  {
    group: "j",
    title: "two guards of one action on one route use its approval once, and the handler runs once",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals", { action: "withdraw-funds" }, { action: "withdraw-funds" })],
        },
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.equal((await withdraw(world, { token })).status, 200);
          assert.equal((await withdraw(world, { token })).status, 409);
          assert.equal(world.runs.length, 1);
        },
      ),
  },
  ...(
    [
      ["observes", { observe: true }],
      ["is not required", { when: () => false, claim: "handler" }],
    ] as const
  ).map(([does, weaker]): AdapterCase => ({
    group: "j",
    title: `T5: an approval that its handler claims is good once behind a second guard of its action that ${does}`,
    run: async (harness) => {
      const ledger = createMemoryLedger();
      await inWorld(
        harness,
        {
          routes: [
            guarded(
              "/withdrawals",
              { action: "withdraw-funds", options: { claim: "handler" } },
              { action: "withdraw-funds", options: weaker },
            ),
          ],
          inHandler: (native) => harness.approvedAction(native)?.claim(ledger),
        },
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.equal((await withdraw(world, { token })).status, 200);
          assert.notEqual((await withdraw(world, { token })).status, 200);
          assert.equal(ledger.size, 1);
        },
      );
    },
  })),
  {
    group: "j",
    title: "T13: two guards of different actions both decide, and either one stops the request",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals", { action: "change-account" }, { action: "withdraw-funds" })],
          inHandler: (native) => {
            harness.assertActionPassed(native, "change-account");
            harness.assertActionPassed(native, "withdraw-funds");
          },
        },
        async (world) => {
          for (const [first, second, status, runs] of [
            ["BLOCK", "ALLOW", 403, 0],
            ["ALLOW", "BLOCK", 403, 0],
            ["ALLOW", "ALLOW", 200, 1],
          ] as const) {
            world.provider.answer(({ action }) => (action === "change-account" ? first : second));
            assert.equal((await withdraw(world)).status, status);
            assert.equal(world.runs.length, runs);
          }
        },
      ),
  },
  {
    group: "j",
    title: "C24: behind an action whose approval the request brings, another action may be allowed or blocked",
    run: (harness) =>
      inWorld(
        harness,
        { routes: [guarded("/withdrawals", { action: "change-account" }, { action: "withdraw-funds" })] },
        async (world) => {
          for (const [second, status, runs] of [
            ["ALLOW", 200, 1],
            ["BLOCK", 403, 1],
          ] as const) {
            world.provider.answer(({ action }) => (action === "change-account" ? "CHALLENGE_REQUIRED" : second));
            const { json } = await withdraw(world);
            assert.deepEqual([json.code, json.action], ["challenge_required", "change-account"]);
            const token = world.provider.completeChallenge(json.token);
            assert.equal((await withdraw(world, { token })).status, status);
            assert.equal(world.runs.length, runs);
          }
        },
      ),
  },
  ...(
    [
      ["which was allowed", "ALLOW", "CHALLENGE_REQUIRED"],
      ["which was allowed", "ALLOW", "REVIEW_REQUIRED"],
      ["which brings an approval", "CHALLENGE_REQUIRED", "CHALLENGE_REQUIRED"],
    ] as const
  ).map(([how, first, second]): AdapterCase => ({
    group: "j",
    title: `C24: an action that asks (${second}) behind another one, ${how}, is the application's fault, and says so`,
    run: (harness) =>
      inWorld(
        harness,
        { routes: [guarded("/withdrawals", { action: "change-account" }, { action: "withdraw-funds" })] },
        async (world) => {
          world.provider.answer(({ action }) => (action === "change-account" ? first : second));
          const asked = first === "ALLOW" ? undefined : await withdraw(world);
          const given = asked && { token: world.provider.completeChallenge(asked.json.token) };
          assert.equal((await withdraw(world, given)).status, 500);
          assert.equal(world.runs.length, 0);
          const reasons = world.events.flatMap((event) => (event.type === "failure" ? [event.reason] : []));
          assert.equal(reasons.length, 1);
          assert.match(reasons[0]!, /^configuration_invalid: requireAction\("withdraw-funds"\): .*change-account/);
        },
      ),
  })),
  ...[
    {
      name: "synchronously",
      fail: () => {
        throw new Error("handler failed");
      },
    },
    {
      name: "asynchronously",
      fail: async () => {
        throw new Error("handler failed");
      },
    },
  ].map(({ name, fail }): AdapterCase => ({
    group: "k",
    title: `F32: what a handler throws ${name} goes the framework's own way, and its approval stays used`,
    run: (harness) =>
      inWorld(harness, { inHandler: fail }, async (world) => {
        const token = await approvedWithdrawal(world);
        assert.equal((await withdraw(world, { token })).status, 500);
        assert.equal((await withdraw(world, { token })).status, 409);
        assert.equal(world.runs.length, 1);
      }),
  })),
  {
    group: "k",
    title: "F32: nothing runs behind a handler that failed",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals"), unguarded("/withdrawals")],
          inHandler: () => {
            throw new Error("handler failed");
          },
        },
        async (world) => {
          assert.equal((await withdraw(world)).status, 500);
          await world.send({ path: "/bank/elsewhere" });
          assert.equal(world.runs.length, 1);
        },
      ),
  },
  {
    group: "k",
    title: "F19: a handler that knows that nothing happened gives its approval back",
    run: async (harness) => {
      let attempts = 0;
      await inWorld(
        harness,
        {
          inHandler: async (native) => {
            if (++attempts > 1) return;
            await harness.approvedAction(native, "withdraw-funds")?.release();
            assert.throws(() => harness.assertActionPassed(native, "withdraw-funds"));
            throw new Error("the bank is closed");
          },
        },
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.equal((await withdraw(world, { token })).status, 500);
          assert.equal((await withdraw(world, { token })).status, 200);
          assert.equal((await withdraw(world, { token })).status, 409);
        },
      );
    },
  },
];

export const stopping: readonly AdapterCase[] = [
  {
    group: "n",
    title: "F31: a guard that is stopped finishes what is under way, and refuses what is new without using it up",
    run: async (harness) => {
      const gate = createGate();
      await inWorld(harness, { inHandler: () => gate.opened }, async (world) => {
        const [running, waiting] = [await approvedWithdrawal(world), await approvedWithdrawal(world)];
        const answer = withdraw(world, { token: running });
        // Where the case fails before, the connection is closed.
        answer.catch(() => {});
        await until(() => world.runs.length === 1);
        let isStopped = false;
        const stopped = world.actionGuard.stop({ withinMs: 60_000 }).then((report) => {
          isStopped = true;
          return report;
        });
        const refused = await withdraw(world, { token: waiting });
        assert.equal(refused.status, 503);
        assert.equal(refused.json.code, "decision_unavailable");
        assert.equal(refused.headers["retry-after"], "5");
        assert.equal(isStopped, false);
        gate.open();
        assert.equal((await answer).status, 200);
        assert.deepEqual(await stopped, { left: 0, released: 0 });
        assert.equal(world.events.filter(({ type }) => type === "claim").length, 1);
        assert.equal(world.runs.length, 1);
      });
    },
  },
  {
    group: "n",
    title: "F31: a guard that is stopped waits for nobody whose client has gone, or whom it has answered itself",
    run: async (harness) => {
      const gate = createGate();
      await inWorld(harness, { inHandler: () => gate.opened }, async (world) => {
        world.provider.answerNext("BLOCK");
        assert.equal((await withdraw(world)).status, 403);
        const leaving = new AbortController();
        const answer = world
          .send({
            path: "/bank/withdrawals",
            body: { amount: "1", currency: "EUR", payee: "x" },
            signal: leaving.signal,
          })
          .catch(() => undefined);
        await until(() => world.runs.length === 1);
        leaving.abort();
        await answer;
        assert.deepEqual(await world.actionGuard.stop({ withinMs: 60_000 }), { left: 0, released: 0 });
        gate.open();
      });
    },
  },
];
