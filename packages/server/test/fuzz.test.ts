import { allowWarnings } from "@require-action-test/support/warnings";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endpoints } from "./endpoints.ts";
import { createHarness, type Harness } from "./harness.ts";

// An action may have any name here.
allowWarnings("RA_ACTION_UNKNOWN");

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

const segment = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[?#]/g, "")),
  fc.constantFrom("__proto__", "constructor", "toString", "%", "%00", "%ff", "..", "alice", "sign-in"),
);
const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: "binary" }), fc.double());

it("T40: no path and no body makes an endpoint fail, or changes what objects are", async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...endpoints),
    fc.array(segment, { minLength: 3, maxLength: 3 }),
    fc.dictionary(fc.string(), value),
    value,
    async ({ method, path, body, typed = [] }, ids, extra, wrong) => {
      let next = 0;
      const odd = path.replaceAll(/alice|sign-in|key(?=$)|(?<=\/)1/g, (segment) => ids[next++] ?? segment);
      const members = [...typed, "__proto__", "constructor"].map((name, index) => [
        name,
        index % 2 ? wrong : undefined,
      ]);
      const sent = { ...body, ...extra, ...Object.fromEntries(members) };
      const { status, json } = await harness.call(method, odd, method === "GET" ? undefined : sent);
      expect(status).toBeLessThan(500);
      if (status >= 400) expect(json.error).toBe(json.errorCode);
    },
  );
  await fc.assert(property, { numRuns: 500 });
  expect(Object.keys(Object.prototype)).toEqual([]);
});
