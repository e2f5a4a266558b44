import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ask, createHarness, earnToken, type Route, summaryOf } from "./harness.ts";

/** Of each kind of binding: in full there are 10,000 changes of what is bound and 10,000 of what is not. */
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 100) / 2;
const CHANGED = "403 action_parameters_changed";
const GOES_ON = "proceed";

const text = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.constantFrom("10.00", "10", "1e1", "true", "null"),
);
const leaf = fc.oneof(text, fc.boolean(), fc.maxSafeInteger(), fc.constant(null));
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(name, tie("json"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(name, json, { minKeys: 1, maxKeys: 5, noNullPrototype: true });
const list = fc.array(json, { minLength: 1, maxLength: 5 });

/** What an approval must not depend on. */
const surroundings: fc.Arbitrary<Ask> = fc.record({
  ip: fc.ipV4(),
  headers: fc.record({ "user-agent": text, cookie: name, accept: fc.constantFrom("*/*", "application/json") }),
});

/** Has one request approved, and puts another one. Then the first one again, which must be as good as ever. */
async function tryBoth(
  harness: ReturnType<typeof createHarness>,
  route: Route,
  approved: Ask,
  asked: Ask,
): Promise<readonly string[]> {
  const token = await earnToken(harness, route, approved);
  return [summaryOf(await route({ ...asked, token })), summaryOf(await route({ ...approved, token }))];
}

const USED = "409 action_token_used";

describe("T4: with declared fields", () => {
  const fields = fc.record({ amount: text, isUrgent: fc.boolean(), times: fc.maxSafeInteger(), payee: text });
  const bind = ({ body }: { body?: any }) => ({
    amount: body.amount,
    isUrgent: body.isUrgent,
    times: body.times,
    payee: body.payee,
  });

  it(`${RUNS} changes of one that is bound are refused, and the approval is none the worse`, async () => {
    const harness = createHarness();
    const route = harness.route({ bind });
    await fc.assert(
      fc.asyncProperty(
        fields,
        fc.constantFrom("amount", "isUrgent", "times", "payee"),
        leaf,
        async (body, field, value) => {
          fc.pre(value !== null && !Object.is(value, body[field]));
          const asked = { user: "alice", body: { ...body, [field]: value } };
          expect(await tryBoth(harness, route, { user: "alice", body }, asked)).toEqual([CHANGED, GOES_ON]);
        },
      ),
      { numRuns: RUNS },
    );
  }, 120_000);

  it(`${RUNS} changes of anything else are none`, async () => {
    const harness = createHarness();
    const route = harness.route({ bind });
    const rest = fc.record({ note: json, trace: json });
    await fc.assert(
      fc.asyncProperty(fields, rest, rest, surroundings, fc.webPath(), async (body, one, other, around, target) => {
        const approved = { user: "alice", body: { ...one, ...body } };
        const asked = { ...around, target: `/${target}`, user: "alice", body: { ...body, ...other } };
        expect(await tryBoth(harness, route, approved, asked)).toEqual([GOES_ON, USED]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});

describe("T4: with the whole request", () => {
  /** One that differs: in a value, in what is there, or in the order or number of what a list holds. */
  const changes: readonly ((value: any, at: number, other: unknown) => unknown)[] = [
    (value, at, other) =>
      Array.isArray(value) ? value.with(at % value.length, other) : { ...value, [keyAt(value, at)]: other },
    (value, at) =>
      Array.isArray(value)
        ? value.toSpliced(at % value.length, 1)
        : Object.fromEntries(Object.entries(value).filter(([key]) => key !== keyAt(value, at))),
    (value, at, other) =>
      Array.isArray(value) ? value.toSpliced(at % value.length, 0, other) : { ...value, added: other },
    (value, at) =>
      Array.isArray(value) ? [...value, value[at % value.length]] : { ...value, [`${keyAt(value, at)}x`]: 1 },
    (value) => (Array.isArray(value) ? value.toReversed() : [value]),
  ];
  const keyAt = (value: object, at: number): string => Object.keys(value)[at % Object.keys(value).length]!;

  it(`${RUNS} changes of method, target or body are refused, and the approval is none the worse`, async () => {
    const harness = createHarness();
    const route = harness.route();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(object, list),
        fc.nat(),
        json,
        fc.constantFrom("method", "target", ...changes),
        async (body, at, other, change) => {
          const approved: Ask = { user: "alice", target: "/pay?a=1&b=2", body };
          const targets = ["/pay?b=2&a=1", "/pay?a=1&b=2&b=2", "/pay?a=1&b=02", "/pay?a=1", "/Pay?a=1&b=2"];
          const asked: Ask =
            typeof change === "function"
              ? { ...approved, body: change(body, at, other) }
              : change === "method"
                ? { ...approved, method: "PUT" }
                : { ...approved, target: targets[at % targets.length]! };
          fc.pre(!isDeepStrictEqual(approved, asked));
          expect(await tryBoth(harness, route, approved, asked)).toEqual([CHANGED, GOES_ON]);
        },
      ),
      { numRuns: RUNS },
    );
  }, 120_000);

  it(`${RUNS} changes of anything else, and of the order of members, are none`, async () => {
    const harness = createHarness();
    const route = harness.route();
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([key, one]) => [key, turned(one)]),
            )
          : value;
    await fc.assert(
      fc.asyncProperty(object, surroundings, async (body, around) => {
        const asked = { ...around, user: "alice", body: turned(body) };
        expect(await tryBoth(harness, route, { user: "alice", body }, asked)).toEqual([GOES_ON, USED]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
