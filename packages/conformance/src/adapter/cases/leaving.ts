import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { AdapterCase } from "../adapter-harness.ts";
import { approvedWithdrawal, createGate, inWorld, until, withdraw, WITHDRAWAL, type World } from "../world.ts";

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
    // Awaited below; a broken adapter may have it fail before.
    answer.catch(() => {});
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

export const leaving: readonly AdapterCase[] = [
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
];
