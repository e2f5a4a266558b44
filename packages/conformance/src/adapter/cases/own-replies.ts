import assert from "node:assert/strict";
import type { ActionOptions } from "@require-action/core";
import type { AdapterCase } from "../adapter-harness.ts";
import { guarded, inWorld, withdraw, type WorldOptions } from "../world.ts";

type Respond = NonNullable<ActionOptions<any>["respond"]>;

function responding(respond: Respond, guard: WorldOptions["guard"] = {}): WorldOptions {
  return { guard: { respond, ...guard }, routes: [guarded("/withdrawals")] };
}

export const ownReplies: readonly AdapterCase[] = [
  {
    group: "p",
    title: "C69: an application's own envelope goes out with the status, the code in a header, and never stored",
    run: (harness) => {
      const respond: Respond = ({ code, problem }, native) => ({
        headers: { "x-envelope": "2", "Cache-Control": "public", "Retry-After": "9999" },
        body: { error: { ...problem, key: `errors.${code}` }, native: typeof native },
      });
      return inWorld(harness, responding(respond), async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const { status, headers, json, text } = await withdraw(world);
        assert.equal(status, 403);
        assert.equal(headers["content-type"], "application/json");
        assert.equal(headers["content-length"], String(Buffer.byteLength(text)));
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["x-envelope"], "2");
        assert.equal(headers["action-code"], "challenge_required");
        assert.equal(json.error.key, "errors.challenge_required");
        assert.equal(json.native, "object");
        const token = world.provider.completeChallenge(json.error.token);
        assert.equal((await withdraw(world, { token })).status, 200);
      });
    },
  },
  {
    group: "p",
    title: "C69: a page goes out as it is; what the refusal's own headers say stays",
    run: (harness) => {
      const respond: Respond = async ({ code, status, retryAfterSeconds }) => ({
        headers: { "content-type": "text/html; charset=utf-8", "www-authenticate": "Basic", "retry-after": "1" },
        body: `<p lang="de">Bestätigen: ${code} ${status} ${retryAfterSeconds}</p>`,
      });
      return inWorld(harness, responding(respond, { profile: "rfc9470" }), async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const challenged = await withdraw(world);
        assert.equal(challenged.status, 401);
        assert.equal(challenged.headers["content-type"], "text/html; charset=utf-8");
        assert.equal(challenged.text, '<p lang="de">Bestätigen: challenge_required 401 undefined</p>');
        assert.match(
          String(challenged.headers["www-authenticate"]),
          /^Bearer error="insufficient_user_authentication"/,
        );
        world.provider.answer("REVIEW_REQUIRED");
        const reviewed = await withdraw(world);
        assert.equal(reviewed.status, 202);
        assert.equal(reviewed.headers["retry-after"], "30");
        assert.equal(reviewed.headers["action-code"], "review_required");
        assert.match(reviewed.text, /review_required 202 30/);
      });
    },
  },
  {
    group: "p",
    title: "C69: the standard reply is sent where respond fails, is late or returns what cannot be sent",
    run: async (harness) => {
      const broken: readonly Respond[] = [
        () => {
          throw new Error("no template");
        },
        async () => Promise.reject(new Error("no template")),
        () => new Promise<never>(() => {}),
        () => undefined as never,
        () => ({ body: 7 }) as never,
        () => ({ body: { amount: 1n } }),
        () => ({ headers: { "x-name": "a\r\nset-cookie: b=c" }, body: "" }),
        () => ({ headers: { "transfer-encoding": "chunked" }, body: "" }),
        () => ({ headers: { "x-name": 7 }, body: "" }) as never,
      ];
      for (const respond of broken) {
        await inWorld(harness, responding(respond, { deadlineMs: { decision: 100 } }), async (world) => {
          world.provider.answer("BLOCK");
          const { status, headers, json } = await withdraw(world);
          assert.equal(status, 403);
          assert.equal(headers["content-type"], "application/problem+json");
          assert.equal(headers["action-code"], undefined);
          assert.equal(headers["set-cookie"], undefined);
          assert.equal(json.code, "action_blocked");
          assert.equal(world.runs.length, 0);
          const failures = world.events.filter(({ type }) => type === "failure");
          assert.deepEqual(
            failures.map((event) => event.type === "failure" && [event.source, event.code]),
            [["respond", "resolver_failed"]],
          );
        });
      }
    },
  },
];
