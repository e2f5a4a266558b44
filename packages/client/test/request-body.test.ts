import { afterEach, beforeEach, expect, it } from "vitest";
import { type ActionFetch, createActionFetch } from "../src/index.ts";
import { type Backend, startBackend } from "./backend.ts";
import { codeOf } from "./harness.ts";

let backend: Backend;
let actionFetch: ActionFetch;

beforeEach(async () => {
  backend = await startBackend();
  actionFetch = createActionFetch({ present: async ({ token = "" }) => backend.complete(token) });
});
afterEach(() => backend.close());

const bytes = new Uint8Array([0, 128, 255, 10]);

function form(): FormData {
  const form = new FormData();
  form.set("amount", "100");
  form.set("file", new Blob([bytes], { type: "image/png" }), "id.png");
  return form;
}

const bodies: readonly [name: string, body: BodyInit][] = [
  ["text", "€"],
  ["a Blob", new Blob([bytes], { type: "application/pdf" })],
  ["a form", form()],
  ["URLSearchParams", new URLSearchParams({ amount: "100", to: "ü" })],
  ["bytes", bytes],
  ["a large body", "x".repeat(1_000_000)],
];

for (const [name, body] of bodies) {
  it(`sends ${name} again, byte for byte`, async () => {
    expect((await actionFetch(`${backend.origin}/uploads`, { method: "POST", body })).status).toBe(201);
    const [first, second] = backend.received("/uploads");
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["content-type"]).toBe(first?.headers["content-type"]);
    expect(first?.body.length).toBeGreaterThan(2);
  });
}

it("sends again what was given, even when it changes while the challenge is presented", async () => {
  const changing = new FormData();
  changing.set("amount", "100");
  const present = async ({ token = "" }): Promise<string> => {
    changing.set("amount", "999999");
    return backend.complete(token);
  };
  await createActionFetch({ present })(`${backend.origin}/uploads`, { method: "POST", body: changing });
  const [first, second] = backend.received("/uploads");
  expect(second?.body).toBe(first?.body);
});

it("accepts a Request, alone and with changes", async () => {
  const request = new Request(`${backend.origin}/uploads`, {
    method: "POST",
    body: bytes,
    headers: { "x-tenant": "a" },
  });
  expect((await actionFetch(request.clone())).status).toBe(201);
  expect((await actionFetch(request, { headers: { "x-tenant": "b" } })).status).toBe(201);
  expect(request.bodyUsed).toBe(true);
  const received = backend.received("/uploads");
  expect(received.map(({ headers }) => headers["x-tenant"])).toEqual(["a", "a", "b", "b"]);
  expect(new Set(received.map(({ body }) => body))).toEqual(new Set(["\0\x80\xff\n"]));
});

it("keeps credentials, referrer and cache mode", async () => {
  const sent: Request[] = [];
  const recording = createActionFetch({
    present: async ({ token = "" }) => backend.complete(token),
    fetch: (input, init) => {
      sent.push(new Request((input as Request).clone()));
      return fetch(input, init);
    },
  });
  const init: RequestInit = { credentials: "include", referrerPolicy: "origin", cache: "no-cache", integrity: "" };
  await recording(`${backend.origin}/uploads`, { method: "POST", body: "x", ...init });
  const kept = sent.map(({ credentials, referrerPolicy, cache, mode }) => ({
    credentials,
    referrerPolicy,
    cache,
    mode,
  }));
  expect(kept).toEqual(
    Array.from({ length: 2 }, () => ({
      credentials: "include",
      referrerPolicy: "origin",
      cache: "no-cache",
      mode: "cors",
    })),
  );
});

it("refuses a stream before anything is sent", async () => {
  const body = new Blob(["x"]).stream();
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  expect(await codeOf(actionFetch(`${backend.origin}/uploads`, init))).toBe("stream_body");
  expect(backend.received("/")).toEqual([]);
  expect(body.locked).toBe(false);
});
