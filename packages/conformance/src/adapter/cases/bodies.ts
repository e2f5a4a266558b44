import assert from "node:assert/strict";
import type { AdapterCase } from "../adapter-harness.ts";
import { guarded, inWorld, withdraw, WITHDRAWAL, type World, type WorldOptions } from "../world.ts";

const whole: WorldOptions = {
  routes: [guarded("/withdrawals")],
};

async function assertAtFault(world: World, request: Parameters<World["send"]>[0], code: string): Promise<void> {
  assert.equal((await world.send(request)).status, 500);
  assert.ok(world.events.some((event) => event.type === "failure" && event.code === code));
  assert.equal(world.provider.calls.length, 0);
  assert.equal(world.runs.length, 0);
}

/** Raw bodies that cannot be bound whole. */
const unbindable: readonly { readonly name: string; readonly body: string }[] = [
  { name: "a __proto__ key", body: '{"__proto__":{"admin":true},"amount":"1"}' },
  { name: "a nested __proto__ key", body: '{"a":[{"__proto__":1}]}' },
  { name: "10,000 levels", body: "[".repeat(10_000) + "]".repeat(10_000) },
  { name: "a lone surrogate", body: '{"payee":"\\ud800"}' },
  { name: "a lone surrogate in a key", body: '{"\\udfff":1}' },
  { name: "a number that loses precision", body: '{"amount":9007199254740993}' },
  { name: "a number beyond any precision", body: '{"amount":1e400}' },
];

const rest = '"currency":"EUR","payee":"DE1"';
/** Raw bodies of which a reader that takes the last of two names sees what was approved. */
const twice: readonly { readonly name: string; readonly approved: string; readonly sent: string }[] = [
  { name: "a field", approved: `{"amount":"1",${rest}}`, sent: `{"amount":"1000","amount":"1",${rest}}` },
  {
    name: "a field, once in escapes,",
    approved: `{"amount":"1",${rest}}`,
    sent: `{"\\u0061mount":"1000","amount":"1",${rest}}`,
  },
  {
    name: "a nested field",
    approved: `{"amount":"1",${rest},"more":[{"x":1}]}`,
    sent: `{"amount":"1",${rest},"more":[{"x":2,"x":1}]}`,
  },
];

/** Bound fields that are refused, each with its code. */
const badFields: readonly { readonly name: string; readonly field: unknown; readonly code: string }[] = [
  { name: "missing", field: undefined, code: "bound_field_missing" },
  { name: "null", field: null, code: "bound_field_missing" },
  { name: "an object", field: { value: "1" }, code: "bound_field_invalid" },
  { name: "a list", field: ["1"], code: "bound_field_invalid" },
  { name: "a fraction", field: 0.1, code: "bound_field_invalid" },
  { name: "an unsafe integer", field: 9007199254740992, code: "bound_field_invalid" },
  { name: "a lone surrogate", field: "\ud800", code: "bound_field_invalid" },
];

export const bodies: readonly AdapterCase[] = [
  {
    group: "e",
    title: "a body that nobody parsed is the application's fault, loudly, and never bound as empty",
    run: (harness) =>
      inWorld(harness, { ...whole, parseBody: false }, (world) =>
        assertAtFault(world, { path: "/bank/withdrawals", body: WITHDRAWAL }, "body_not_parsed"),
      ),
  },
  {
    group: "e",
    title: "C22: a body of a type that the parsers pass over answers 415",
    run: (harness) =>
      inWorld(harness, whole, async (world) => {
        for (const type of [
          "application/x-unknown",
          "Application/XML; charset=utf-8",
          "multipart/form-data; boundary=x",
        ]) {
          const request = { path: "/bank/withdrawals", headers: { "content-type": type }, body: "amount=1" };
          const { status, json } = await world.send(request);
          assert.equal(status, 415, type);
          assert.equal(json.code, "body_type_unsupported");
        }
        assert.equal(world.provider.calls.length, 0);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "e",
    title: "C22: a body that is announced and has no bytes is no body, of whatever type",
    run: (harness) =>
      inWorld(harness, whole, async (world) => {
        world.provider.answerNext("CHALLENGE_REQUIRED");
        const { json } = await world.send({ path: "/bank/withdrawals" });
        const token = world.provider.completeChallenge(json.token);
        const types = ["application/x-unknown", "application/octet-stream", "text/csv", "multipart/mixed"];
        for (const [index, type] of types.entries()) {
          const chunked = { "transfer-encoding": "chunked", "content-length": [] };
          const announced = index % 2 === 0 ? { "content-length": "0" } : chunked;
          const headers = { "content-type": type, ...announced, ...(index === 0 && { "action-token": token }) };
          const { status } = await world.send({ path: "/bank/withdrawals", headers, body: "" });
          assert.equal(status, 200, type);
        }
        assert.equal(world.runs.length, types.length);
      }),
  },
  {
    group: "e",
    title: "a chunked body that nobody parsed is not bound as empty",
    run: (harness) =>
      inWorld(harness, { ...whole, parseBody: false }, (world) =>
        assertAtFault(
          world,
          { path: "/bank/withdrawals", headers: { "transfer-encoding": "chunked", "content-length": [] }, body: "{}" },
          "body_not_parsed",
        ),
      ),
  },
  {
    group: "e",
    title: "a multipart body is not bound whole",
    run: (harness) =>
      inWorld(harness, { ...whole, parseBody: false }, (world) =>
        assertAtFault(
          world,
          { path: "/bank/withdrawals", headers: { "content-type": "Multipart/Form-Data; boundary=x" }, body: "--x--" },
          "body_not_bindable",
        ),
      ),
  },
  {
    group: "e",
    title: "a request without a body, with an empty body and with an empty object goes on",
    run: (harness) =>
      inWorld(harness, whole, async (world) => {
        for (const body of [undefined, {}]) {
          const { status } = await world.send({ path: "/bank/withdrawals", ...(body && { body }) });
          assert.equal(status, 200);
        }
        const empty = await world.send({ path: "/bank/withdrawals", headers: { "content-length": "0" } });
        assert.equal(empty.status, 200);
        assert.equal(world.runs.length, 3);
      }),
  },
  ...unbindable.map(({ name, body }): AdapterCase => ({
    group: "e",
    title: `T4, T40: a body with ${name} answers 400`,
    run: (harness) =>
      inWorld(harness, whole, async (world) => {
        const { status, json } = await world.send({ path: "/bank/withdrawals", body });
        assert.equal(status, 400);
        // A parser may refuse it first, in its own words.
        if (json?.code !== undefined) assert.equal(json.code, "request_unbindable");
        assert.equal(world.runs.length, 0);
        assert.equal(world.provider.calls.length, 0);
        assert.equal((await withdraw(world)).status, 200, "the process is alive");
      }),
  })),
  ...twice.map(({ name, approved, sent }): AdapterCase => ({
    group: "e",
    title: `T56: a body that names ${name} twice answers 400, with an approval and without`,
    run: async (harness) => {
      for (const options of [whole, {}]) {
        await inWorld(harness, options, async (world) => {
          world.provider.answerNext("CHALLENGE_REQUIRED");
          const { json } = await world.send({ path: "/bank/withdrawals", body: approved });
          assert.equal(json.code, "challenge_required");
          const calls = world.provider.calls.length;
          for (const headers of [{ "action-token": world.provider.completeChallenge(json.token) }, {}]) {
            const { status, json: refused } = await world.send({ path: "/bank/withdrawals", headers, body: sent });
            assert.equal(status, 400);
            // A parser may refuse it first, in its own words.
            if (refused?.code !== undefined) assert.equal(refused.code, "request_unbindable");
          }
          assert.equal(world.runs.length, 0);
          assert.equal(world.provider.calls.length, calls);
        });
      }
    },
  })),
  ...badFields.map(({ name, field, code }): AdapterCase => ({
    group: "e",
    title: `T4: a bound field that is ${name} answers 400 ${code}`,
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        const { status, json } = await withdraw(world, { amount: field });
        assert.equal(status, 400);
        assert.equal(json.code, code);
        assert.equal(json.field, "amount");
        assert.equal(world.runs.length, 0);
        assert.equal(world.provider.calls.length, 0);
      }),
  })),
  {
    group: "e",
    title: "bind that throws on a request without a body answers 400, not 500",
    run: (harness) =>
      inWorld(
        harness,
        {
          routes: [
            guarded("/withdrawals", {
              action: "withdraw-funds",
              options: { bind: (native) => ({ iban: harness.bodyOf(native).payee.iban }) },
            }),
          ],
        },
        async (world) => {
          const { status, json } = await world.send({ path: "/bank/withdrawals" });
          assert.equal(status, 400);
          assert.equal(json.code, "request_unresolvable");
          assert.equal(world.runs.length, 0);
        },
      ),
  },
];
