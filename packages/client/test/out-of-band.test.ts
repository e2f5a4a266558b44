import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ActionFetch, createActionFetch, outOfBand, RepeatFailedError } from "../src/index.ts";
import { codeOf } from "./harness.ts";

const LIFETIME_MS = 60_000;
const INTERVAL_MS = 5_000;
const startedAt = Date.UTC(2026, 0, 1);
const url = "https://inbox.example/approvals/1";

function refusal(status: number, members: object): Response {
  const headers = { "content-type": "application/problem+json", date: new Date(startedAt).toUTCString() };
  return new Response(JSON.stringify(members), { status, headers });
}

function challenge(approval: object = { url, matchingNumber: "42", interval: INTERVAL_MS / 1_000 }): Response {
  return refusal(403, {
    code: "challenge_required",
    action: "withdraw-funds",
    state: "CHALLENGE_REQUIRED",
    idempotencyKey: "key",
    expiresAt: new Date(startedAt + LIFETIME_MS).toISOString(),
    approval,
  });
}

const open = (): Response => refusal(403, { code: "challenge_incomplete", approval: { interval: 5 } });

/** A poll that the test answers. */
interface Poll {
  readonly answer: (response: Response) => void;
  readonly fail: () => void;
}

let polls: Poll[];
let cancel: () => void;
let show: ReturnType<typeof vi.fn<(approval: object, cancel: () => void) => { close: () => void }>>;

/** A client of an application whose replies to polls the test gives. */
function client(first: Response = challenge()): ActionFetch {
  const send = (input: RequestInfo | URL): Promise<Response> => {
    const { signal, headers } = input as Request;
    if (!headers.has("action-token")) return Promise.resolve(first);
    return new Promise((answer, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      polls.push({ answer, fail: () => reject(new TypeError("Failed to fetch")) });
    });
  };
  return createActionFetch({ fetch: send, present: outOfBand({ show }) });
}

const withdraw = (actionFetch: ActionFetch = client(), signal?: AbortSignal): Promise<Response> =>
  actionFetch("https://bank.example/withdrawals", { method: "POST", body: "100", signal: signal ?? null });

beforeEach(() => {
  vi.useFakeTimers({ now: startedAt });
  polls = [];
  show = vi.fn((_approval, end) => {
    cancel = end;
    return { close: () => undefined };
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe.each<[string, code: string, () => Promise<unknown>]>([
  ["expires", "challenge_expired", () => vi.advanceTimersByTimeAsync(LIFETIME_MS)],
  ["is cancelled", "challenge_cancelled", async () => cancel()],
])("a challenge at another screen that %s while it is asked for", (_how, code, end) => {
  it("comes to nothing where it had not been approved", async () => {
    const reply = codeOf(withdraw());
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await end();
    polls[0]!.answer(open());
    expect(await reply).toBe(code);
    expect(polls).toHaveLength(1);
  });

  it("has the reply of the action that ran", async () => {
    const reply = withdraw();
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await end();
    polls[0]!.answer(new Response("sent", { status: 201 }));
    expect((await reply).status).toBe(201);
  });

  it("may have run where that reply is lost, and can be repeated", async () => {
    const reply = withdraw().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await end();
    polls[0]!.fail();
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    const error = (await reply) as RepeatFailedError;
    expect(error).toBeInstanceOf(RepeatFailedError);
    expect(error.code).toBe("repeat_failed");
    const repeated = error.repeat();
    await vi.advanceTimersByTimeAsync(0);
    polls.at(-1)!.answer(refusal(409, { code: "action_token_used" }));
    expect((await repeated).status).toBe(409);
  });

  it("has the answer of a gateway, behind which it may have run", async () => {
    const reply = withdraw();
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    await end();
    polls[0]!.answer(new Response("late", { status: 504 }));
    expect((await reply).status).toBe(504);
  });
});

it("names what the caller gave up for, where the reply before was lost", async () => {
  const caller = new AbortController();
  const reply = codeOf(withdraw(client(), caller.signal));
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  polls[0]!.fail();
  await vi.advanceTimersByTimeAsync(1);
  const reason = new Error("gone");
  caller.abort(reason);
  expect(await reply).toBe(reason);
});

it("C40: needs neither AbortSignal.any nor URL.canParse", async () => {
  vi.stubGlobal("AbortSignal", Object.assign(Object.create(AbortSignal), { any: undefined }));
  vi.stubGlobal(
    "URL",
    class extends URL {
      static override canParse: any = undefined;
    },
  );
  const reply = withdraw();
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  polls[0]!.answer(new Response("sent", { status: 201 }));
  expect((await reply).status).toBe(201);
});

it.each(["javascript:alert(1)", "data:text/html,x", "https://", "/approvals/1", 1, undefined])(
  "shows no page at %s",
  async (address) => {
    const first = challenge({ url: address, matchingNumber: "42", interval: 5 });
    expect(await codeOf(withdraw(client(first)))).toBe("presentation_failed");
    expect(show).not.toHaveBeenCalled();
  },
);
