import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-case.ts";
import { approvedWithdrawal, createGate, inWorld, until, withdraw } from "../world.ts";

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
