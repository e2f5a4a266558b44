import assert from "node:assert/strict";
import type { AdapterCase, AdapterHarness } from "../adapter-harness.ts";
import { guarded, inWorld, unguarded, withdraw, type WorldOptions } from "../world.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Spellings of one path that a router and a path matcher may read differently. */
const SPELLINGS = [
  "/bank/withdrawals",
  "/bank/withdrawals/",
  "/bank//withdrawals",
  "//bank/withdrawals",
  "/bank/./withdrawals",
  "/bank/../bank/withdrawals",
  "/BANK/Withdrawals",
  "/bank/withdrawal%73",
  "/bank/%77ithdrawals",
  "/bank%2fwithdrawals",
  "/bank/withdrawals;a=b",
  "/bank/withdrawals%00",
  "/bank/withdrawals.rsc",
  "/bank/withdrawals.json",
  "/_next/data/bank/withdrawals",
  "/bank/withdrawals?_rsc=1",
  "/bank/withdrawals%3f",
  "/bank/withdrawals%",
  "http://other.example/bank/withdrawals",
] as const;

const everyMethod = (): WorldOptions => ({
  routes: [{ method: "all", path: "/withdrawals", guards: [{ action: "withdraw-funds", options: { bind: "none" } }] }],
});

const wholeRequest = (harness: AdapterHarness): WorldOptions => ({
  routes: ["/withdrawals", "/payouts"].map((path) => ({ ...guarded(path), method: "all" })),
  inHandler: (native) => {
    harness.assertActionPassed(native, "withdraw-funds");
  },
});

/** Targets that lead to one handler, of which one is approved. */
const targets: readonly {
  readonly name: string;
  readonly change: WorldOptions;
  readonly approved: string;
  readonly others: readonly string[];
}[] = [
  {
    name: "below a mount point that is taken off the url",
    change: { mounts: ["/accounts/1", "/accounts/2"] },
    approved: "/accounts/1/bank/withdrawals?a=1",
    others: [
      "/accounts/2/bank/withdrawals?a=1",
      "/bank/withdrawals?a=1",
      "/accounts/1/bank/withdrawals?a=2",
      "/accounts/1/bank/withdrawals",
    ],
  },
  {
    name: "below a mount point with a parameter",
    change: { prefix: "/accounts/:account" },
    approved: "/accounts/1/withdrawals",
    others: ["/accounts/2/withdrawals", "/accounts/%31/withdrawals", "/accounts/1/payouts"],
  },
  {
    name: "in its own letters and with its query in its own order",
    change: {},
    approved: "/bank/withdrawals?a=1&b=2",
    others: [
      "/bank/withdrawals?b=2&a=1",
      "/bank/withdrawals?a=1&b=2&a=3",
      "/bank/withdrawals?a=1&b=%32",
      "/bank/withdrawals?A=1&b=2",
      "/BANK/withdrawals?a=1&b=2",
      "/bank/withdrawals/?a=1&b=2",
      "/bank/%77ithdrawals?a=1&b=2",
    ],
  },
];

export const routing: readonly AdapterCase[] = [
  {
    group: "d",
    title: "T15: no method reaches the handler without the guard",
    run: (harness) =>
      inWorld(harness, everyMethod(), async (world) => {
        world.provider.answer("BLOCK");
        for (const method of METHODS) {
          const override = { "x-http-method-override": "GET", "x-method-override": "HEAD" };
          await world.send({ method, path: "/bank/withdrawals", headers: override });
        }
        assert.equal(world.runs.length, 0);
        assert.equal(world.provider.calls.length, METHODS.length);
      }),
  },
  {
    group: "d",
    title: "T15: a refused HEAD has the status and headers of its GET and no body",
    run: (harness) =>
      inWorld(harness, everyMethod(), async (world) => {
        world.provider.answer("BLOCK");
        const get = await world.send({ method: "GET", path: "/bank/withdrawals" });
        const head = await world.send({ method: "HEAD", path: "/bank/withdrawals" });
        assert.equal(head.status, 403);
        assert.equal(head.text, "");
        assert.equal(head.headers["content-type"], get.headers["content-type"]);
        assert.equal(head.headers["content-length"], get.headers["content-length"]);
      }),
  },
  {
    group: "d",
    title: "T14: however the path is spelled, a handler runs only after its guard",
    run: (harness) =>
      inWorld(harness, everyMethod(), async (world) => {
        world.provider.answer("BLOCK");
        for (const path of SPELLINGS) await world.send({ path });
        assert.equal(world.runs.length, 0, "nothing runs while the provider blocks");
        world.provider.answer("ALLOW");
        const before = world.provider.calls.length;
        for (const path of SPELLINGS) await world.send({ path });
        assert.ok(world.runs.length > 0);
        assert.equal(world.runs.length, world.provider.calls.length - before);
      }),
  },
  {
    group: "d",
    title: "T14: a handler mounted without its guard finds that the action has not passed",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [unguarded("/withdrawals")],
          inHandler: (native) => {
            harness.assertActionPassed(native, "withdraw-funds");
          },
        },
        async (world) => {
          assert.equal((await withdraw(world)).status, 500);
          assert.equal(world.provider.calls.length, 0);
        },
      ),
  },
  {
    group: "d",
    title: "a whole-request approval is good for its own method, path, query and body, under the mount point",
    run: (harness) =>
      inWorld(harness, wholeRequest(harness), async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const path = "/bank/withdrawals?account=1";
        const body = { amount: "5", note: { b: 1, a: [true, null] } };
        const { json } = await world.send({ path, body });
        assert.equal(json.code, "challenge_required");
        const headers = { "action-token": world.provider.completeChallenge(json.token) };
        const changed = [
          { method: "PUT", path, body },
          { path: "/bank/payouts?account=1", body },
          { path: "/bank/withdrawals?account=2", body },
          { path: "/bank/withdrawals", body },
          { path, body: { ...body, amount: "6" } },
          { path, body: { ...body, extra: 1 } },
          { path },
        ];
        for (const request of changed) {
          assert.equal((await world.send({ ...request, headers })).json.code, "action_parameters_changed");
        }
        assert.equal(world.runs.length, 0);
        const reordered = { note: { a: [true, null], b: 1 }, amount: "5" };
        assert.equal((await world.send({ path, body: reordered, headers })).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  },
  ...targets.map(({ name, change, approved, others }): AdapterCase => ({
    group: "d",
    title: `T14: an approval is good for the target as received, ${name}`,
    run: (harness) =>
      inWorld(harness, { ...wholeRequest(harness), ...change }, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const { json } = await world.send({ path: approved });
        assert.equal(json.code, "challenge_required");
        const headers = { "action-token": world.provider.completeChallenge(json.token) };
        for (const path of others) {
          const { status, json: refused } = await world.send({ path, headers });
          // A spelling that the router does not know leads nowhere.
          if (status !== 404) assert.equal(refused.code, "action_parameters_changed", path);
        }
        assert.equal(world.runs.length, 0);
        assert.equal((await world.send({ path: approved, headers })).status, 200);
        assert.equal(world.runs.length, 1);
      }),
  })),
];
