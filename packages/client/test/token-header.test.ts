import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createActionFetch, RepeatFailedError } from "../src/index.ts";
import { type Backend, startBackend } from "./backend.ts";
import { codeOf, post } from "./harness.ts";

let backend: Backend;
let sent: string[];

beforeEach(async () => {
  backend = await startBackend();
  sent = [];
  vi.stubGlobal("location", { origin: "https://bank.example" });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await backend.close();
});

/** A browser's fetch: `fails` says, for each request in turn, whether it rejects as one does that CORS or the network stops. */
function browser(fails: (request: Request, hasToken: boolean) => boolean): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const hasToken = request.headers.has("action-token");
    sent.push(`${request.method} ${hasToken ? "with" : "without"}`);
    if (fails(request, hasToken)) throw new TypeError("Failed to fetch");
    return fetch(request);
  };
}

async function withdraw(send: typeof fetch, init: RequestInit = {}): Promise<unknown> {
  const actionFetch = createActionFetch({ fetch: send, present: async ({ token = "" }) => backend.complete(token) });
  return actionFetch(...post(backend, "/withdrawals", { amount: "100" }, init)).catch((error: unknown) => error);
}

const probes = ["GET with", "GET without", "GET with"];

describe("C67: a repeated request that does not arrive", () => {
  it("was not sent where the address is reached without the token, and never with it", async () => {
    const error = await withdraw(browser((_request, hasToken) => hasToken));
    expect(error).toBeInstanceOf(RepeatFailedError);
    expect(error).toMatchObject({ code: "token_header_refused", message: expect.stringContaining("has not run") });
    expect(sent).toEqual(["POST without", "POST with", ...probes]);
    expect(backend.ran).toEqual([]);
    expect(backend.received("/withdrawals").map(({ token }) => token)).toEqual([undefined, undefined]);
  });

  it("is repeated with the same approval once the header is allowed", async () => {
    let isAllowed = false;
    const error = (await withdraw(browser((_request, hasToken) => hasToken && !isAllowed))) as RepeatFailedError;
    isAllowed = true;
    expect((await error.repeat()).status).toBe(201);
    expect(backend.ran).toHaveLength(1);
  });

  it.each([
    ["nothing arrives any more", (_request: Request, hasToken: boolean) => hasToken || sent.length > 2],
    ["the header arrives with another request", (request: Request) => request.method === "POST" && sent.length > 1],
    ["the connection has come back in between", (_request: Request, hasToken: boolean) => hasToken && sent.length < 4],
  ])("may have run where %s", async (_where, fails) => {
    expect(await withdraw(browser(fails))).toMatchObject({ code: "repeat_failed" });
  });

  it.each([
    ["the page's own origin, where no preflight runs", () => vi.stubGlobal("location", { origin: backend.origin })],
    ["no browser", () => vi.unstubAllGlobals()],
  ])("may have run, and nothing more is sent, in %s", async (_where, set) => {
    set();
    expect(await withdraw(browser((_request, hasToken) => hasToken))).toMatchObject({ code: "repeat_failed" });
    expect(sent).toEqual(["POST without", "POST with"]);
  });

  it("asks nothing more once its caller has given up", async () => {
    const controller = new AbortController();
    const send = browser((_request, hasToken) => {
      if (hasToken) controller.abort();
      return hasToken;
    });
    expect(await codeOf(Promise.reject(await withdraw(send, { signal: controller.signal })))).toBeInstanceOf(Error);
    expect(sent).toEqual(["POST without", "POST with"]);
  });
});
