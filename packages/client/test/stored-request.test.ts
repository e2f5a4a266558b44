import fc from "fast-check";
import { expect, it } from "vitest";
import { requestKey } from "../src/fetch/prepared-request.ts";
import { restoreRequest, storeRequest } from "../src/redirect/pending-request.ts";

const url = "https://api.example/withdrawals?a=1";

it("gives back the bytes of any body, through text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (body) => {
      const stored = await storeRequest(new Request(url, { method: "PUT", body: body as BodyInit }));
      const restored = restoreRequest(JSON.parse(JSON.stringify(stored)));
      expect(new Uint8Array(await restored.arrayBuffer())).toEqual(body);
    }),
  );
});

it("gives back address, method, headers and modes", async () => {
  const form = new FormData();
  form.set("file", new Blob(["x".repeat(100_000)]), "large");
  const request = new Request(url, {
    method: "POST",
    body: form,
    credentials: "include",
    cache: "no-store",
    headers: { a: "b" },
  });
  const restored = restoreRequest(await storeRequest(request.clone()));
  const { method, credentials, cache, redirect, mode } = request;
  expect(restored).toMatchObject({ url, method, credentials, cache, redirect, mode });
  expect([...restored.headers]).toEqual([...request.headers]);
  expect(await requestKey(restored)).toBe(await requestKey(request));
});

it("gives back a request without body", async () => {
  const restored = restoreRequest(await storeRequest(new Request(url)));
  expect([restored.method, restored.body]).toEqual(["GET", null]);
});

it("stores no Authorization, and takes another one when it comes back", async () => {
  const stored = await storeRequest(new Request(url, { headers: { Authorization: "Bearer secret", "x-a": "1" } }));
  expect(JSON.stringify(stored)).not.toContain("secret");
  const restored = restoreRequest(stored, { authorization: "Bearer fresh", "X-A": "2" });
  expect([...restored.headers]).toEqual([
    ["authorization", "Bearer fresh"],
    ["x-a", "2"],
  ]);
});

it("stores no token of an action, which another one replaces", async () => {
  const stored = await storeRequest(new Request(url, { headers: { "Action-Token": "a.used.token", "x-a": "1" } }));
  expect(JSON.stringify(stored)).not.toContain("token");
  expect([...restoreRequest(stored, { "action-token": "fresh" }).headers]).toEqual([
    ["action-token", "fresh"],
    ["x-a", "1"],
  ]);
});

it("keys two requests alike only when their bodies are the same bytes", async () => {
  const keyOf = (body: Uint8Array): Promise<string> =>
    requestKey(new Request(url, { method: "POST", body: body as BodyInit }));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), async (one, other) => {
      expect((await keyOf(one)) === (await keyOf(other))).toBe(Buffer.compare(one, other) === 0);
    }),
  );
  expect(await keyOf(new Uint8Array([255]))).not.toBe(await keyOf(new Uint8Array([254])));
});
