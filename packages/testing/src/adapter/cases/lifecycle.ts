import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createMemoryLedger } from "@require-action/core";
import type { AdapterCase } from "../adapter-case.ts";
import {
  approvedWithdrawal,
  createGate,
  guarded,
  inWorld,
  unguarded,
  until,
  withdraw,
  WITHDRAWAL,
  type World,
} from "../world.ts";

/** Sends the withdrawal, and goes away once `moment` has come. Resolves when the server has noticed. */
async function leaveAt(world: World, token: string, moment: () => boolean): Promise<void> {
  const leaving = new AbortController();
  const connected = once(world.server, "connection") as Promise<[Socket]>;
  const answer = world
    .send({ path: "/bank/withdrawals", headers: { "action-token": token }, body: WITHDRAWAL, signal: leaving.signal })
    .catch(() => undefined);
  const [socket] = await connected;
  await until(moment);
  leaving.abort();
  await answer;
  await until(() => socket.destroyed);
}

/** Decisions take as long as a case wants. */
const patient = { guard: { deadlineMs: { decision: 10_000 } } };

/** Has the provider's next answer wait for its release. */
function hold(world: World, verb: "track" | "validateChallenge"): { isAsked(): boolean; release(): void } {
  const { provider } = world;
  const gate = createGate();
  const answer = provider[verb].bind(provider);
  let asked = false;
  provider.override(verb, async (request, options) => {
    asked = true;
    await gate.opened;
    provider.restore();
    return answer(request as never, options);
  });
  return { isAsked: () => asked, release: gate.open };
}

function isRefused({ events }: World, code: string): boolean {
  return events.some((event) => event.type === "refusal" && event.code === code);
}

/** How something else answers: to the end, or so that headers are sent and more is to come. */
const manners = ["whole", "in part"] as const;

/** Asks for the withdrawal, answers it as a time limit would while the provider is asked, and awaits the guard's own refusal. */
async function answerMeanwhile(
  world: World,
  verb: "track" | "validateChallenge",
  manner: (typeof manners)[number],
  code: string,
  token?: string,
): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    world.events.length = 0;
    const held = hold(world, verb);
    const taken = once(world.server, "request") as Promise<[IncomingMessage, ServerResponse]>;
    const answer = withdraw(world, token === undefined ? {} : { token });
    const [, response] = await taken;
    await until(held.isAsked);
    response.writeHead(503).write("too ");
    const finish = (): void => void response.end("slow");
    if (manner === "whole") finish();
    held.release();
    await until(() => isRefused(world, code));
    // What is thrown for want of somebody to answer is thrown by then.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (manner === "in part") finish();
    assert.equal((await answer).text, "too slow");
    assert.deepEqual(unhandled, []);
    assert.equal(world.runs.length, 0);
  } finally {
    process.off("unhandledRejection", note);
  }
}

export const lifecycle: readonly AdapterCase[] = [
  {
    group: "i",
    title: "F21: a client that leaves before its approval is used runs no handler, and may come again",
    run: (harness) =>
      inWorld(harness, patient, async (world) => {
        const token = await approvedWithdrawal(world);
        const held = hold(world, "validateChallenge");
        await leaveAt(world, token, held.isAsked);
        held.release();
        await until(() => isRefused(world, "client_disconnected"));
        assert.equal(world.runs.length, 0);
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  },
  ...manners.map((manner): AdapterCase => ({
    group: "i",
    title: `F21: an approval is not used when a time limit has answered already, ${manner}`,
    run: (harness) =>
      inWorld(harness, patient, async (world) => {
        const token = await approvedWithdrawal(world);
        await answerMeanwhile(world, "validateChallenge", manner, "client_disconnected", token);
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  })),
  ...(
    [
      ["ALLOW", "whole", "client_disconnected"],
      ["ALLOW", "in part", "client_disconnected"],
      ["BLOCK", "whole", "action_blocked"],
      ["BLOCK", "in part", "action_blocked"],
      ["CHALLENGE_REQUIRED", "whole", "challenge_required"],
    ] as const
  ).map(([state, manner, code]): AdapterCase => ({
    group: "i",
    title: `F21: a decision of ${state} that comes when a time limit has answered already, ${manner}, runs no handler and ends no process`,
    run: (harness) =>
      inWorld(harness, patient, async (world) => {
        world.provider.answerNext(state);
        await answerMeanwhile(world, "track", manner, code);
        assert.equal((await withdraw(world)).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  })),
  {
    group: "i",
    title: "F21: a client that leaves while the handler runs cannot have it run again",
    run: async (harness) => {
      const gate = createGate();
      await inWorld(harness, { inHandler: () => gate.opened }, async (world) => {
        const token = await approvedWithdrawal(world);
        await leaveAt(world, token, () => world.runs.length === 1);
        assert.equal((await withdraw(world, { token })).status, 409);
        gate.open();
        assert.equal(world.runs.length, 1);
      });
    },
  },
  {
    group: "j",
    title: "two guards of one action on one route use its approval once, and the handler runs once",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            {
              method: "post",
              path: "/withdrawals",
              guards: [{ action: "withdraw-funds" }, { action: "withdraw-funds" }],
            },
          ],
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
            {
              method: "post",
              path: "/withdrawals",
              guards: [
                { action: "withdraw-funds", options: { claim: "handler" } },
                { action: "withdraw-funds", options: weaker },
              ],
            },
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
          routes: [
            {
              method: "post",
              path: "/withdrawals",
              guards: [{ action: "change-account" }, { action: "withdraw-funds" }],
            },
          ],
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
