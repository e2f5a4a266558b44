import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-harness.ts";
import { guarded, inWorld, withdraw } from "../world.ts";

/** User resolvers, and what each gets. */
const users: readonly {
  readonly name: string;
  readonly user: () => any;
  readonly status: number;
  readonly code?: string;
  readonly failure?: string;
}[] = [
  { name: "answers nothing", user: () => undefined, status: 401, code: "authentication_required" },
  { name: "answers an empty string", user: () => "", status: 401, code: "authentication_required" },
  { name: "answers a list", user: () => ["alice"], status: 500, failure: "configuration_invalid" },
  {
    name: "answers an object",
    user: () => ({ toString: () => "alice" }),
    status: 500,
    failure: "configuration_invalid",
  },
  { name: "answers a control character", user: () => "a\nb", status: 400, code: "user_id_invalid" },
  { name: "answers a lone surrogate", user: () => "a\ud800", status: 400, code: "user_id_invalid" },
  { name: "answers 257 bytes", user: () => "a".repeat(257), status: 400, code: "user_id_invalid" },
  { name: "never settles", user: () => new Promise(() => {}), status: 503, code: "decision_unavailable" },
  {
    name: "throws",
    user: () => {
      throw new Error("no session store");
    },
    status: 500,
  },
  { name: "rejects", user: () => Promise.reject(new Error("no session store")), status: 500 },
];

export const resolvers: readonly AdapterCase[] = [
  ...users.map(({ name, user, status, code, failure = "resolver_failed" }): AdapterCase => ({
    group: "l",
    title: `T41: a user resolver that ${name} gets ${status}, and runs no handler`,
    run: (harness) =>
      inWorld(harness, { guard: { user, deadlineMs: { decision: 30 } } }, async (world) => {
        const answer = await withdraw(world);
        assert.equal(answer.status, status);
        if (code) assert.equal(answer.json.code, code);
        else assert.ok(world.events.some((event) => event.type === "failure" && event.code === failure));
        assert.equal(world.provider.calls.length, 0);
        assert.equal(world.runs.length, 0);
      }),
  })),
  {
    group: "l",
    title: "observe tracks and stops nothing, and the handler can see it",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [guarded("/withdrawals", { action: "withdraw-funds", options: { observe: true } })],
        },
        async (world) => {
          world.provider.answer("BLOCK");
          assert.equal((await withdraw(world)).status, 200);
          assert.equal(world.runs[0]?.approved?.ground, "observed");
          assert.ok(
            world.events.some((event) => event.type === "refusal" && event.code === "action_blocked" && event.observed),
          );
        },
      ),
  },
  {
    group: "l",
    title: "when decides whether the action is required",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            guarded("/withdrawals", {
              action: "withdraw-funds",
              options: { when: (native) => harness.bodyOf(native).amount !== "1.00" },
            }),
          ],
        },
        async (world) => {
          world.provider.answer("BLOCK");
          assert.equal((await withdraw(world, { amount: "1.00" })).status, 200);
          assert.equal(world.runs[0]?.approved?.ground, "not_required");
          assert.equal((await withdraw(world)).status, 403);
        },
      ),
  },
];
