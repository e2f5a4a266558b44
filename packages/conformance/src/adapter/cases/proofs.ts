import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-harness.ts";
import type { Received } from "../http-client.ts";
import { approvedWithdrawal, guarded, inWorld, withdraw, WITHDRAWAL, type World, type WorldOptions } from "../world.ts";

async function assertRefused(
  world: World,
  request: Parameters<typeof withdraw>[1],
  status: number,
  code: string,
): Promise<void> {
  const answer = await withdraw(world, request);
  assert.equal(answer.status, status);
  assert.equal(answer.json.code, code);
  assert.equal(world.runs.length, 0);
}

const twoActions: WorldOptions = {
  routes: ["withdraw-funds", "withdraw"].map((action) => ({
    method: "post",
    path: action === "withdraw" ? "/others" : "/withdrawals",
    guards: [{ action, options: { bind: "none" } }],
  })),
};

/** Headers that are not one token. */
const malformed: readonly { readonly name: string; readonly header: string | readonly string[] }[] = [
  { name: "empty", header: "" },
  { name: "doubled", header: ["result-1", "result-2"] },
  { name: "doubled with a comma", header: "result-1, result-2" },
  { name: "of 4097 bytes", header: "a".repeat(4097) },
  { name: "binary", header: "r\u00e9sultat\u0080" },
  { name: "with a space", header: "result 1" },
];

/** What a thief may have of a user. */
const credentials = [
  { name: "cookie", header: "cookie", value: "session=alice-credential" },
  { name: "bearer token", header: "authorization", value: "Bearer alice-credential" },
] as const;

/** A header of the framework's own request: in `headers` by name or as the web has them, or behind a function as Hono has it. */
function headerOf(native: any, name: string): string | undefined {
  const headers = native.headers ?? native.request?.headers ?? native.req?.headers;
  return headers?.get?.(name) ?? headers?.[name] ?? native.req?.header?.(name);
}

export const proofs: readonly AdapterCase[] = [
  {
    group: "h",
    title: "T5: a replayed token answers 409 action_token_used",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        assert.equal((await withdraw(world, { token })).status, 200);
        const replay = await withdraw(world, { token });
        assert.equal(replay.status, 409);
        assert.equal(replay.json.code, "action_token_used");
        assert.equal(world.runs.length, 1);
      }),
  },
  {
    group: "h",
    title: "T6: a token replayed at the very end of its life is refused",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        assert.equal((await withdraw(world, { token })).status, 200);
        world.clock.advance(599_999);
        assert.equal((await withdraw(world, { token })).status, 409);
        assert.equal(world.runs.length, 1);
      }),
  },
  {
    group: "h",
    title:
      "T4: a changed bound field answers 403 action_parameters_changed, and the approval is still good for the true one",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        for (const change of [
          { amount: "9999.00" },
          { amount: "100" },
          { payee: "MALLORY" },
          { currency: "eur" },
          { amount: 100 },
        ]) {
          await assertRefused(world, { token, ...change }, 403, "action_parameters_changed");
        }
        assert.equal((await withdraw(world, { token, unbound: "anything" })).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  },
  {
    group: "h",
    title: "T1: another user's token answers 403 action_token_invalid and stays good for its owner",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        for (const user of ["mallory", "Alice", "alice2", "alic"]) {
          await assertRefused(world, { token, user }, 403, "action_token_invalid");
        }
        assert.equal((await withdraw(world, { token })).status, 200);
      }),
  },
  {
    group: "h",
    title: "T1: a sealed key is its owner's only",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer("REVIEW_REQUIRED");
        const { json } = await withdraw(world);
        world.provider.review(json.idempotencyKey, "approve");
        await assertRefused(world, { token: json.idempotencyKey, user: "mallory" }, 403, "action_token_invalid");
      }),
  },
  ...credentials.map(({ name, header, value }): AdapterCase => ({
    group: "h",
    title: `T55: who asks with a stolen ${name} and keeps the key gets nothing when the user approves on another device`,
    run: (harness) => {
      const user = (native: object): string | undefined =>
        headerOf(native, header)?.includes("alice-credential") ? "alice" : undefined;
      const withdrawWith = (world: World, token?: string): Promise<Received> =>
        world.send({
          path: "/bank/withdrawals",
          headers: { [header]: value, ...(token === undefined ? {} : { "action-token": token }) },
          body: WITHDRAWAL,
        });
      return inWorld(harness, { guard: { user } }, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const kept = (await withdrawWith(world)).json;
        const proved = world.provider.completeChallenge(kept.token, { verificationMethod: "PASSKEY" });
        for (const handle of [kept.idempotencyKey, kept.token]) {
          const answer = await withdrawWith(world, handle);
          assert.equal(answer.status, 403);
          assert.equal(answer.json.code, "action_token_invalid");
        }
        assert.equal(world.runs.length, 0);
        assert.equal((await withdrawWith(world, proved)).status, 200);
        assert.equal(world.runs.length, 1);
      });
    },
  })),
  {
    group: "h",
    title: "T2: a token is for its own action only",
    run: (harness) =>
      inWorld(harness, twoActions, async (world) => {
        const token = await approvedWithdrawal(world);
        const other = await world.send({ path: "/bank/others", headers: { "action-token": token }, body: WITHDRAWAL });
        assert.equal(other.status, 403);
        assert.equal(other.json.code, "action_token_invalid");
        assert.equal(world.runs.length, 0);
        assert.equal((await withdraw(world, { token })).status, 200);
      }),
  },
  {
    group: "h",
    title: "an approval older than maxAge answers 403 action_token_expired",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        world.clock.advance(600_000);
        await assertRefused(world, { token }, 403, "action_token_expired");
      }),
  },
  {
    group: "h",
    title: "a token that the provider says has expired answers 403 action_token_expired",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        world.provider.expireToken(token);
        await assertRefused(world, { token }, 403, "action_token_expired");
      }),
  },
  {
    group: "h",
    title: "a tampered token or sealed key answers 403 action_token_invalid",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const token = await approvedWithdrawal(world);
        world.provider.answer("CHALLENGE_REQUIRED");
        const key: string = (await withdraw(world)).json.idempotencyKey;
        const flipped = (at: number): string => key.slice(0, at) + (key[at] === "A" ? "B" : "A") + key.slice(at + 1);
        const tampered = [
          `${token}0`,
          token.toUpperCase(),
          flipped(4),
          flipped(20),
          flipped(50),
          flipped(90),
          `${key}A`,
        ];
        for (const proof of tampered) await assertRefused(world, { token: proof }, 403, "action_token_invalid");
      }),
  },
  {
    group: "h",
    title: "T52: an approval is good in the session that asked for it, and in no other of the same user",
    run: async (harness) => {
      let session: string | undefined = "first";
      await inWorld(harness, { guard: { session: () => session } }, async (world) => {
        const token = await approvedWithdrawal(world);
        session = "second";
        await assertRefused(world, { token }, 403, "action_token_invalid");
        session = undefined;
        await assertRefused(world, { token }, 401, "authentication_required");
        session = "first";
        assert.equal((await withdraw(world, { token })).status, 200);
      });
    },
  },
  {
    group: "h",
    title: "a failed challenge answers 403 challenge_failed",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const { json } = await withdraw(world);
        world.provider.failChallenge(json.token);
        await assertRefused(world, { token: json.token }, 403, "challenge_failed");
      }),
  },
  {
    group: "h",
    title: "T55: a challenge that its user denied answers 403 action_denied_by_user, by its token and by its key",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const { json } = await withdraw(world);
        world.provider.denyChallenge(json.token);
        await assertRefused(world, { token: json.token }, 403, "action_denied_by_user");
        await assertRefused(world, { token: json.idempotencyKey }, 403, "action_denied_by_user");
      }),
  },
  {
    group: "h",
    title: "T17: a verification method that the action does not accept answers 403 with those it does",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            guarded("/withdrawals", { action: "withdraw-funds", options: { verificationMethods: ["PASSKEY"] } }),
          ],
        },
        async (world) => {
          world.provider.answerNext("CHALLENGE_REQUIRED");
          const { json } = await withdraw(world);
          const token = world.provider.completeChallenge(json.token, { verificationMethod: "EMAIL_OTP" });
          const answer = await withdraw(world, { token });
          assert.equal(answer.status, 403);
          assert.equal(answer.json.code, "verification_method_insufficient");
          assert.deepEqual(answer.json.verificationMethods, ["PASSKEY"]);
          assert.equal(world.runs.length, 0);
        },
      ),
  },
  ...malformed.map(({ name, header }): AdapterCase => ({
    group: "h",
    title: `T42: an Action-Token that is ${name} answers 400 before the provider is asked`,
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const { status, json } = await world.send({
          path: "/bank/withdrawals",
          headers: { "action-token": header },
          body: WITHDRAWAL,
        });
        assert.equal(status, 400);
        assert.equal(json.code, "action_token_malformed");
        assert.equal(world.provider.calls.length, 0);
        assert.equal(world.runs.length, 0);
      }),
  })),
];
