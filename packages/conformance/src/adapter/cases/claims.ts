import assert from "node:assert/strict";
import { type ActionOptions, createMemoryLedger } from "@require-action/core";
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

/** What a validator behind the guard throws: each framework answers it with its status. */
class Invalid extends Error {
  readonly expose = true;
  readonly status: number;
  readonly statusCode: number;

  constructor(status: number) {
    super("the amount is no multiple of ten");
    this.status = status;
    this.statusCode = status;
  }

  /** As Hono asks for it. */
  getResponse(): Response {
    return new Response(this.message, { status: this.status });
  }
}

/** The withdrawal, whose validator stands behind the guard and answers what `validate` returns, if anything. */
function validating(validate: () => number | undefined, releaseOn?: ActionOptions<any>["releaseOn"]): WorldOptions {
  return {
    guard: { deadlineMs: { decision: 10_000, ledger: 10_000 } },
    routes: [guarded("/withdrawals", { action: "withdraw-funds", options: { ...(releaseOn && { releaseOn }) } })],
    inHandler: () => {
      const status = validate();
      if (status !== undefined) throw new Invalid(status);
    },
  };
}

export const givenBack: readonly AdapterCase[] = [
  ...([400, 409, 415, 422] as const).map((status): AdapterCase => ({
    group: "p",
    title: `C23: an approval is given back for a validator's ${status} where the route says so, three times, and its handler runs again`,
    run: (harness) =>
      inWorld(
        harness,
        validating(() => status, [status]),
        async (world) => {
          const token = await approvedWithdrawal(world);
          for (let times = 1; times <= 3; times++) {
            assert.equal((await withdraw(world, { token })).status, status);
            await until(() => world.events.filter(({ type }) => type === "release").length === times);
            assert.equal(world.runs.length, times);
          }
          assert.equal((await withdraw(world, { token })).status, status);
          await until(() => world.events.some(({ type }) => type === "unreleased"));
          const used = await withdraw(world, { token });
          assert.equal(used.json.code, "action_token_used");
          assert.equal(world.runs.length, 4);
          const told = world.events.flatMap((event) => (event.type === "release" ? [[event.status, event.times]] : []));
          assert.deepEqual(
            told,
            [1, 2, 3].map((times) => [status, times]),
          );
        },
      ),
  })),
  {
    group: "p",
    title: "C23: an approval that was given back is good for the action once more, and used by it",
    run: (harness) => {
      let isValid = false;
      return inWorld(
        harness,
        validating(() => (isValid ? undefined : 422), [422]),
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.equal((await withdraw(world, { token })).status, 422);
          isValid = true;
          // At once: a repeat waits for what is being given back.
          assert.equal((await withdraw(world, { token })).status, 200);
          assert.equal((await withdraw(world, { token })).json.code, "action_token_used");
          assert.equal(world.runs.length, 2);
        },
      );
    },
  },
  ...(
    [
      ["a status that the route does not name", 400, [409, 422]],
      ["any status where the route names none", 422, undefined],
      ["a fault of the handler", 500, [400, 409, 415, 422]],
    ] as const
  ).map(([what, status, releaseOn]): AdapterCase => ({
    group: "p",
    title: `C23: an approval stays used for ${what}`,
    run: (harness) =>
      inWorld(
        harness,
        validating(() => status, releaseOn),
        async (world) => {
          const token = await approvedWithdrawal(world);
          assert.equal((await withdraw(world, { token })).status, status);
          assert.equal((await withdraw(world, { token })).json.code, "action_token_used");
          assert.equal(world.runs.length, 1);
          assert.equal(world.events.filter(({ type }) => type === "release").length, 0);
        },
      ),
  })),
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
