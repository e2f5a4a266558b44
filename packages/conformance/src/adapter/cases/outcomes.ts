import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-harness.ts";
import { approvedWithdrawal, guarded, inWorld, withdraw, WITHDRAWAL } from "../world.ts";

const EXPIRES_AT = "2026-01-01T00:10:00.000Z";

export const outcomes: readonly AdapterCase[] = [
  {
    group: "a",
    title: "ALLOW runs the handler once and leaves its response alone",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const { status, json } = await withdraw(world);
        assert.equal(status, 200);
        assert.deepEqual(json, { done: true });
        assert.equal(world.runs.length, 1);
        assert.equal(world.runs[0]?.approved?.ground, "allowed");
        assert.deepEqual({ ...world.runs[0]?.approved?.bound }, WITHDRAWAL);
        assert.equal(world.runs[0]?.approved?.userId, "alice");
      }),
  },
  {
    group: "a",
    title: "T5: the cookie of a remembered device is handed over where the provider takes it, and its successor set",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const cookie = "a=b; __Host-require-action-device=first.1; c=d";
        const withdrawAs = (sent: string) =>
          world.send({ path: "/bank/withdrawals", headers: { cookie: sent }, body: WITHDRAWAL });
        const lastSecret = (): unknown => Reflect.get(world.provider.calls.at(-1)?.request ?? {}, "deviceSecret");
        const renewed = {
          state: "ALLOW",
          rememberedDeviceId: "d1",
          deviceSecret: "next.2",
          deviceSecretExpiresAt: Date.UTC(2026, 0, 31),
        } as const;
        // One that was asked for nothing gives nothing.
        world.provider.answer(renewed);
        assert.equal((await withdrawAs(cookie)).headers["set-cookie"], undefined);
        assert.equal(lastSecret(), undefined);
        world.provider.rememberDevices();
        const { status, headers } = await withdrawAs(cookie);
        assert.equal(status, 200);
        assert.equal(lastSecret(), "first.1");
        assert.deepEqual(headers["set-cookie"], [
          "__Host-require-action-device=next.2; Path=/; Expires=Sat, 31 Jan 2026 00:00:00 GMT; Secure; HttpOnly; SameSite=Strict",
        ]);
        assert.equal(world.runs.at(-1)?.approved?.ground, "remembered_device");
        // Twice, as an attacker's beside the user's, it is none.
        await withdrawAs(`${cookie}; __Host-require-action-device=second.1`);
        assert.equal(lastSecret(), undefined);
      }),
  },
  {
    group: "a",
    title: "a route that names verification methods takes no remembered device",
    run: (harness) =>
      inWorld(
        harness,
        { routes: [guarded("/pay", { action: "pay", options: { verificationMethods: ["PASSKEY"] } })] },
        async (world) => {
          world.provider.rememberDevices();
          await world.send({
            path: "/bank/pay",
            headers: { cookie: "__Host-require-action-device=first.1" },
            body: {},
          });
          assert.equal("deviceSecret" in (world.provider.calls.at(-1)?.request ?? {}), false);
        },
      ),
  },
  {
    group: "a",
    title: "the provider is told user, action, address, agent, device and bound fields",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        await world.send({
          path: "/bank/withdrawals",
          headers: { "user-agent": "suite/1", cookie: "a=b; __as_aid=5f2e0a52-7d0c-4d2e-8a0f-111111111111; c=d" },
          body: WITHDRAWAL,
        });
        const [call] = world.provider.calls;
        assert.equal(call?.verb, "track");
        assert.equal(call.request.userId, "alice");
        assert.equal(call.request.action, "withdraw-funds");
        const { idempotencyKey, ...attributes } = call.request.attributes;
        assert.match(idempotencyKey, /^ra1_[A-Za-z0-9_-]{94}$/);
        assert.deepEqual(attributes, {
          ipAddress: "127.0.0.1",
          userAgent: "suite/1",
          deviceId: "5f2e0a52-7d0c-4d2e-8a0f-111111111111",
          custom: WITHDRAWAL,
        });
      }),
  },
  {
    group: "a",
    title: "a forwarding header does not become the address unless the framework trusts it",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        await world.send({
          path: "/bank/withdrawals",
          headers: { "x-forwarded-for": "203.0.113.9" },
          body: WITHDRAWAL,
        });
        const [call] = world.provider.calls;
        assert.equal(call?.verb === "track" && call.request.attributes.ipAddress, "127.0.0.1");
      }),
  },
  {
    group: "a",
    title: "BLOCK answers 403 action_blocked with an opaque id only",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer({ state: "BLOCK", ruleIds: ["listed-payee"] });
        const { status, json } = await withdraw(world);
        assert.equal(status, 403);
        assert.equal(json.code, "action_blocked");
        assert.deepEqual(Object.keys(json).sort(), ["code", "id", "status", "title", "type"]);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "a",
    title: "REVIEW answers 202 review_required, and its key resumes the request once approved",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer("REVIEW_REQUIRED");
        const first = await withdraw(world);
        assert.equal(first.status, 202);
        assert.equal(first.headers["content-type"], "application/json");
        assert.equal(first.headers["retry-after"], "30");
        assert.equal(first.json.code, "review_required");
        assert.equal(first.json.state, "REVIEW_REQUIRED");
        const token = first.json.idempotencyKey;
        assert.equal((await withdraw(world, { token })).status, 202);
        assert.equal(world.runs.length, 0);
        world.provider.review(token, "approve");
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal((await withdraw(world, { token })).json.code, "action_token_used");
        assert.deepEqual(
          world.runs.map(({ approved }) => approved?.ground),
          ["review"],
        );
      }),
  },
  {
    group: "a",
    title: "a rejected review answers 403 review_rejected",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer("REVIEW_REQUIRED");
        const { json } = await withdraw(world);
        world.provider.review(json.idempotencyKey, "reject");
        const retry = await withdraw(world, { token: json.idempotencyKey });
        assert.equal(retry.status, 403);
        assert.equal(retry.json.code, "review_rejected");
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "a",
    title: "CHALLENGE answers 403 with token, url and bound fields, and the completed challenge runs the handler once",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const { status, json } = await withdraw(world);
        assert.equal(status, 403);
        const { idempotencyKey, title, type, ...members } = json;
        assert.deepEqual(members, {
          status: 403,
          code: "challenge_required",
          action: "withdraw-funds",
          state: "CHALLENGE_REQUIRED",
          token: "token-1",
          url: "https://challenge.example/?token=token-1",
          expiresAt: EXPIRES_AT,
          bound: WITHDRAWAL,
        });
        assert.equal(world.runs.length, 0);
        const token = world.provider.completeChallenge("token-1", { verificationMethod: "PASSKEY" });
        assert.equal((await withdraw(world, { token })).status, 200);
        assert.equal(world.runs.length, 1);
        assert.equal(world.runs[0]?.approved?.ground, "challenge");
        assert.equal(world.runs[0]?.approved?.verificationMethod, "PASSKEY");
      }),
  },
  {
    group: "a",
    title: "a user without an authenticator is asked to enroll, also when the provider says ALLOW",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        for (const state of ["ALLOW", "CHALLENGE_REQUIRED"] as const) {
          world.provider.answerNext({ state, isEnrolled: false });
          const { status, json } = await withdraw(world);
          assert.equal(status, 403);
          assert.equal(json.code, "enrollment_required");
          assert.equal(typeof json.url, "string");
        }
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "a",
    title: "nobody signed in answers 401 before the provider is asked",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const { status, json } = await withdraw(world, { user: "" });
        assert.equal(status, 401);
        assert.equal(json.code, "authentication_required");
        assert.equal(world.provider.calls.length, 0);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "a",
    title: "T11: what a client says about its own approval changes nothing",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const { status } = await world.send({
          path: "/bank/withdrawals?state=ALLOW&isValid=true&token=result-1",
          headers: {
            "x-action-state": "ALLOW",
            "x-middleware-subrequest": "1",
            cookie: "state=CHALLENGE_SUCCEEDED; action-token=x",
          },
          body: { ...WITHDRAWAL, state: "ALLOW", isValid: true, challengeCompleted: true, skip: true, force: false },
        });
        assert.equal(status, 403);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "a",
    title: "an approval is good for its own request after other requests came in between",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const first = await approvedWithdrawal(world, { amount: "1.00" });
        const second = await approvedWithdrawal(world, { amount: "2.00" });
        assert.equal((await withdraw(world, { amount: "2.00", token: second })).status, 200);
        assert.equal((await withdraw(world, { amount: "1.00", token: first })).status, 200);
        assert.deepEqual(
          world.runs.map(({ approved }) => approved?.bound?.["amount"]),
          ["2.00", "1.00"],
        );
      }),
  },
];

export const replies: readonly AdapterCase[] = [
  ...(["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const).map((state): AdapterCase => ({
    group: "f",
    title: `the reply to ${state} is complete: type, length, no-store, and JSON that repeats the status`,
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.answer(state);
        const { status, headers, text, json } = await withdraw(world);
        const isReview = state === "REVIEW_REQUIRED";
        assert.equal(status, isReview ? 202 : 403);
        assert.equal(headers["content-type"], isReview ? "application/json" : "application/problem+json");
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["content-length"], String(Buffer.byteLength(text)));
        assert.equal(headers["etag"], undefined);
        if (!isReview) assert.equal(json.status, status);
        assert.equal(typeof json.code, "string");
      }),
  })),
  {
    group: "f",
    title: "profile rfc9470 answers a challenge with 401 and WWW-Authenticate",
    run: (harness) =>
      inWorld(harness, { guard: { profile: "rfc9470" } }, async (world) => {
        world.provider.answer("CHALLENGE_REQUIRED");
        const { status, headers, json } = await withdraw(world);
        assert.equal(status, 401);
        assert.equal(json.status, 401);
        assert.equal(json.code, "challenge_required");
        assert.equal(
          headers["www-authenticate"],
          'Bearer error="insufficient_user_authentication", error_description="The action needs a challenge", max_age="600"',
        );
      }),
  },
];
