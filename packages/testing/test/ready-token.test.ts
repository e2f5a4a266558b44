import { createGuard, createMemoryLedger } from "@require-action/core";
import type { GuardRequest } from "@require-action/core/adapter";
import { beforeEach, describe, expect, it } from "vitest";
import { createScriptedProvider, readyToken, type ReadyTokenOptions, type ScriptedProvider } from "../src/index.ts";

const options = { signal: new AbortController().signal };
const alice = { userId: "alice", action: "withdraw-funds" };
const track = (provider: ScriptedProvider, idempotencyKey: string) =>
  provider.track({ ...alice, attributes: { idempotencyKey } }, options);

let provider: ScriptedProvider;
beforeEach(() => {
  provider = createScriptedProvider();
});

it("has the challenge of the request completed", async () => {
  const token = await readyToken(provider, () => track(provider, "k1"), { verificationMethod: "PASSKEY" });
  expect(await provider.validateChallenge({ ...alice, token }, options)).toMatchObject({
    isValid: true,
    idempotencyKey: "k1",
    verificationMethod: "PASSKEY",
  });
});

it("has the request reviewed", async () => {
  provider.answer("CHALLENGE_REQUIRED");
  const token = await readyToken(provider, () => track(provider, "k1"), { by: "review" });
  expect(token).toBe("k1");
  expect(await provider.getAction({ ...alice, idempotencyKey: "k1" }, options)).toEqual({ state: "REVIEW_SUCCEEDED" });
});

it("follows a script that asks for a review", async () => {
  provider.answerNext("REVIEW_REQUIRED");
  expect(await readyToken(provider, () => track(provider, "k1"))).toBe("k1");
});

it("leaves other requests to the script, also when sending fails", async () => {
  await expect(readyToken(provider, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
  expect((await track(provider, "k1")).state).toBe("ALLOW");
  await readyToken(provider, () => track(provider, "k2"));
  expect((await track(provider, "k3")).state).toBe("ALLOW");
});

it("says so when the request asked for no decision, or for two", async () => {
  const both = (first: string, second: string) => Promise.all([track(provider, first), track(provider, second)]);
  await expect(readyToken(provider, async () => {})).rejects.toThrow("0 decisions");
  await expect(readyToken(createScriptedProvider(), () => both("k1", "k2"))).rejects.toThrow("0 decisions");
  await expect(readyToken(provider, () => both("k3", "k4"))).rejects.toThrow("2 decisions");
});

describe("a guarded request", () => {
  const request: GuardRequest<object> = {
    native: {},
    method: "POST",
    target: "/withdrawals",
    ip: "127.0.0.1",
    header: () => undefined,
    body: { sent: false, read: true, value: undefined },
    closed: () => false,
    whenEnded: () => {},
  };
  /** Sends the request, and answers as the client of a test would. */
  async function answered(): Promise<{ readonly status: number; readonly body: string }> {
    const guard = createGuard<object>({
      provider,
      user: () => "alice",
      sealSecrets: ["any 32 bytes or more will do for tests"],
      ledger: createMemoryLedger(),
    });
    const verdict = await guard.protect("withdraw-funds", { bind: "none" })(request);
    return verdict.kind === "reply" ? { status: verdict.status, body: verdict.body } : { status: 200, body: "{}" };
  }
  const clients: Readonly<Record<string, () => Promise<unknown>>> = {
    supertest: async () => {
      const { status, body } = await answered();
      return { status, body: JSON.parse(body) };
    },
    fetch: async () => {
      const { status, body } = await answered();
      return new Response(body, { status });
    },
    inject: async () => {
      const { status, body } = await answered();
      return { statusCode: status, body, json: () => JSON.parse(body) };
    },
  };

  it.each(Object.entries(clients))("C30: that is blocked has no token (%s)", async (_, send) => {
    provider.answer("BLOCK");
    await expect(readyToken(provider, send)).rejects.toThrow("answered 403 action_blocked");
    provider.answerNext("BLOCK");
    await expect(readyToken(provider, send, { by: "review" })).rejects.toThrow("answered 403 action_blocked");
  });

  it("C30: that is allowed has no token", async () => {
    provider.answer("ALLOW");
    await expect(readyToken(provider, clients["supertest"]!)).rejects.toThrow("answered 200");
    provider.answer({ state: "ALLOW", isEnrolled: false });
    await expect(readyToken(provider, clients["supertest"]!)).rejects.toThrow("answered 403 enrollment_required");
  });

  it("C30: that the provider fails to decide has no token", async () => {
    provider.override("track", () => "<html>");
    await expect(readyToken(provider, clients["fetch"]!)).rejects.toThrow("answered 503 decision_unavailable");
  });

  it("has a token under an answer that asks for an approval, whose body stays readable", async () => {
    let response: unknown;
    const token = await readyToken(provider, async () => (response = await clients["fetch"]!()));
    expect(await provider.validateChallenge({ ...alice, token }, options)).toMatchObject({ isValid: true });
    expect(await (response as Response).json()).toMatchObject({ code: "challenge_required" });
  });
});

it.each([
  [{ by: "reviewer" }, 'by: must be one of "challenge", "review"; did you mean "review"?'],
  [{ verificationMethod: "PASKEY" }, 'did you mean "PASSKEY"?'],
  [{ method: "PASSKEY" }, "method: is not an option"],
])("C30: refuses the options %o", async (wrong, problem) => {
  const ready = readyToken(provider, () => track(provider, "k1"), wrong as ReadyTokenOptions);
  await expect(ready).rejects.toThrow(problem);
});

it("C30: refuses a provider that is not scripted", async () => {
  await expect(readyToken({ ...provider }, () => track(provider, "k1"))).rejects.toThrow("createScriptedProvider");
});
