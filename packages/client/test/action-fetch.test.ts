import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ActionFetch,
  type Challenge,
  createActionFetch,
  type Presenter,
  type PresentOptions,
  type Prompt,
  RepeatFailedError,
} from "../src/index.ts";
import { type Backend, startBackend } from "./backend.ts";
import { codeOf, manualPresenter, post } from "./harness.ts";

let backend: Backend;
let presented: [Prompt, PresentOptions][];
let actionFetch: ActionFetch;

const approve: Presenter = async (prompt, options) => {
  presented.push([prompt, options]);
  return backend.complete(prompt.token ?? "");
};

beforeEach(async () => {
  backend = await startBackend();
  presented = [];
  actionFetch = createActionFetch({ present: approve });
});
afterEach(() => backend.close());

describe("a challenge", () => {
  it("is presented, and the same request repeated once with its token", async () => {
    const response = await actionFetch(...post(backend, "/withdrawals"));
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ ran: 1 });
    expect(backend.ran).toEqual([{ amount: "100" }]);
    const [first, second, ...others] = backend.received("/withdrawals");
    expect(others).toEqual([]);
    expect(first?.token).toBeUndefined();
    const { "action-token": token, ...headers } = second?.headers ?? {};
    expect(token).toBe(second?.token);
    expect({ ...second, headers, token: undefined }).toEqual(first);
  });

  it("tells what is to be presented", async () => {
    await actionFetch(...post(backend, "/bound"));
    const [[prompt, options]] = presented as [[Challenge, PresentOptions]];
    expect(prompt).toMatchObject({ code: "challenge_required", action: "withdraw-funds", bound: { amount: "100" } });
    expect(prompt.verificationMethods).toEqual(["PASSKEY"]);
    expect(options.expiresInMs).toBeGreaterThan(590_000);
    expect(options.expiresInMs).toBeLessThanOrEqual(601_000);
    expect(await options.request.text()).toBe('{"amount":"100"}');
  });

  it("T55: that its user denies is answered by a refusal, to whoever hands over its token: one request, nothing more presented", async () => {
    const present: Presenter = async ({ token = "" }) => {
      backend.provider.denyChallenge(token);
      return token;
    };
    const response = await createActionFetch({ present })(...post(backend, "/withdrawals"));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "action_denied_by_user" });
    expect(backend.ran).toEqual([]);
    expect(backend.received("/withdrawals")).toHaveLength(2);
  });

  it("T55: that is completed elsewhere gives nothing to who kept its key: one request, one refusal, nothing presented", async () => {
    const [input, init] = post(backend, "/withdrawals");
    const { idempotencyKey, token } = (await (await fetch(input, init)).json()) as Challenge;
    for (const handle of [token ?? "", idempotencyKey]) {
      const refused = await actionFetch(...withToken(handle));
      expect(await refused.json()).toMatchObject({ code: "challenge_incomplete" });
    }
    backend.complete(token ?? "");
    for (const handle of [token ?? "", idempotencyKey]) {
      const refused = await actionFetch(...withToken(handle));
      expect(await refused.json()).toMatchObject({ code: "action_token_invalid" });
    }
    expect(backend.received("/withdrawals")).toHaveLength(5);
    expect(presented).toEqual([]);
    expect(backend.ran).toEqual([]);
  });

  function withToken(token: string): ReturnType<typeof post> {
    return post(
      backend,
      "/withdrawals",
      { amount: "100" },
      { headers: { "content-type": "application/json", "action-token": token } },
    );
  }

  it("is told by its code in the 401 of RFC 9470 too", async () => {
    expect((await actionFetch(...post(backend, "/rfc9470"))).status).toBe(201);
    expect(presented).toHaveLength(1);
  });

  it("is not presented again when its token is refused", async () => {
    const stubborn = createActionFetch({ present: async () => "stray" });
    const response = await stubborn(...post(backend, "/withdrawals"));
    expect(await response.json()).toMatchObject({ code: "action_token_invalid" });
    expect(backend.received("/withdrawals")).toHaveLength(2);
  });

  it("that was cancelled is an error, and nothing is repeated", async () => {
    const cancelled = createActionFetch({ present: async () => undefined });
    expect(await codeOf(cancelled(...post(backend, "/withdrawals")))).toBe("challenge_cancelled");
    expect(backend.received("/withdrawals")).toHaveLength(1);
  });

  it("that is aborted is an error with the signal's reason, and is taken away", async () => {
    const user = manualPresenter();
    const controller = new AbortController();
    const running = createActionFetch(user)(...post(backend, "/withdrawals", {}, { signal: controller.signal }));
    await user.until(1);
    controller.abort("changed my mind");
    await expect(running).rejects.toMatchObject({ code: "challenge_cancelled", cause: "changed my mind" });
    expect(user.shown[0]?.signal.aborted).toBe(true);
    expect(backend.received("/withdrawals")).toHaveLength(1);
  });

  it("ends when the server's clock says so, and is taken away", async () => {
    const user = manualPresenter();
    expect(await codeOf(createActionFetch(user)(...post(backend, "/short")))).toBe("challenge_expired");
    expect(user.shown[0]?.signal.aborted).toBe(true);
    expect(backend.received("/short")).toHaveLength(1);
  });

  it("has no known end where the server's clock is hidden, as it may be across origins", async () => {
    const hidden = createActionFetch({
      present: approve,
      fetch: async (...parameters) => {
        const { body, status, headers } = await fetch(...parameters);
        return new Response(body, { status, headers: [...headers].filter(([name]) => name !== "date") });
      },
    });
    await hidden(...post(backend, "/withdrawals"));
    expect(presented[0]?.[1].expiresInMs).toBe(Infinity);
  });

  it("that a presenter fails to present is an error with its cause", async () => {
    const cause = new Error("no UI");
    for (const present of [() => Promise.reject(cause), () => void thrown(cause)] as Presenter[]) {
      const failing = createActionFetch({ present });
      await expect(failing(...post(backend, "/withdrawals"))).rejects.toMatchObject({
        code: "presentation_failed",
        cause,
      });
    }
  });

  for (const token of ["a b", "a, b", "ü", "a\r\nx: y", "x".repeat(4097)]) {
    it(`cannot answer ${JSON.stringify(token.slice(0, 9))} of ${token.length} characters as its token`, async () => {
      const malformed = createActionFetch({ present: async () => token });
      expect(await codeOf(malformed(...post(backend, "/withdrawals")))).toBe("token_malformed");
      expect(backend.received("/withdrawals")).toHaveLength(1);
    });
  }
});

function thrown(error: unknown): never {
  throw error;
}

describe("an enrollment", () => {
  const enroll = (): void => backend.provider.answerNext({ state: "CHALLENGE_REQUIRED", isEnrolled: false });

  it("is presented, the request repeated without a token, and its challenge presented then", async () => {
    enroll();
    const prompts: string[] = [];
    const both = createActionFetch({
      present: async (prompt, options) => {
        prompts.push(prompt.code);
        return prompt.code === "enrollment_required" ? "" : approve(prompt, options);
      },
    });
    expect((await both(...post(backend, "/withdrawals"))).status).toBe(201);
    expect(prompts).toEqual(["enrollment_required", "challenge_required"]);
    expect(backend.received("/withdrawals").map(({ token }) => token !== undefined)).toEqual([false, false, true]);
  });

  it("that had the user approve at once leads to no second challenge", async () => {
    enroll();
    const both = createActionFetch({ present: async ({ token = "" }) => backend.complete(token) });
    expect((await both(...post(backend, "/withdrawals"))).status).toBe(201);
    expect(backend.received("/withdrawals").map(({ token }) => token !== undefined)).toEqual([false, true]);
  });

  it("whose token approves nothing leads to the challenge", async () => {
    enroll();
    const both = createActionFetch({
      present: async (prompt, options) =>
        prompt.code === "enrollment_required" ? prompt.token : approve(prompt, options),
    });
    expect((await both(...post(backend, "/withdrawals"))).status).toBe(201);
    expect(backend.ran).toHaveLength(1);
    const tokens = backend.received("/withdrawals").map(({ token }) => token !== undefined);
    expect(tokens).toEqual([false, true, false, true]);
  });

  it("T5: whose approval was used already is not followed by another one", async () => {
    enroll();
    const approved: string[] = [];
    const present = async ({ token = "" }: Prompt): Promise<string> => {
      approved.push(backend.complete(token));
      // Somebody is faster.
      const [url, init] = post(backend, "/withdrawals");
      await fetch(url, { ...init, headers: { ...init.headers, "action-token": approved[0]! } });
      return approved[0]!;
    };
    const response = await createActionFetch({ present })(...post(backend, "/withdrawals"));
    expect(await response.json()).toMatchObject({ code: "action_token_used" });
    expect(approved).toHaveLength(1);
  });

  it("is presented once", async () => {
    enroll();
    enroll();
    let count = 0;
    const response = await createActionFetch({ present: async () => `${(count += 1)}` })(
      ...post(backend, "/withdrawals"),
    );
    expect(await response.json()).toMatchObject({ code: "enrollment_required" });
    expect(count).toBe(1);
  });

  it("that the user leaves is cancelled", async () => {
    enroll();
    const leaving = createActionFetch({ present: async () => undefined });
    expect(await codeOf(leaving(...post(backend, "/withdrawals")))).toBe("challenge_cancelled");
    expect(backend.received("/withdrawals")).toHaveLength(1);
  });
});

describe("T38: the token", () => {
  it("is not carried on by a redirect of the reply", async () => {
    expect(await codeOf(actionFetch(...post(backend, "/leaving")))).toBe("reply_redirected");
    expect(backend.received("/leaving")).toHaveLength(2);
    expect(backend.received("/leak")).toEqual([]);
  });

  it("is not asked for where a redirect led, as it would not get there", async () => {
    expect(await codeOf(actionFetch(...post(backend, "/moved")))).toBe("request_redirected");
    expect(presented).toEqual([]);
  });

  it("leaves redirects to a caller who asked for them", async () => {
    const response = await actionFetch(...post(backend, "/leaving", {}, { redirect: "manual" }));
    expect(response.status).toBe(307);
  });

  it("is in no error", async () => {
    const failed = await actionFetch(...post(backend, "/lost")).catch((error: unknown) => error);
    const [, { token } = { token: "" }] = backend.received("/lost");
    expect(token).not.toBe("");
    for (const text of [String(failed), JSON.stringify(failed), inspect(failed, { depth: 9 })]) {
      expect(text).not.toContain(token);
    }
  });
});

describe("a reply that is lost", () => {
  it("is an error that can repeat the request with the same approval", async () => {
    let online = true;
    const flaky = createActionFetch({
      present: async (prompt, options) => {
        online = false;
        return approve(prompt, options);
      },
      fetch: (...parameters) => (online ? fetch(...parameters) : Promise.reject(new TypeError("Failed to fetch"))),
    });
    const error = await flaky(...post(backend, "/withdrawals")).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RepeatFailedError);
    online = true;
    const response = await (error as RepeatFailedError).repeat();
    expect(response.status).toBe(201);
    expect(presented).toHaveLength(1);
    expect(backend.ran).toHaveLength(1);
  });

  it("runs nothing twice when the request is repeated after it ran", async () => {
    const error = await actionFetch(...post(backend, "/lost")).catch((error: unknown) => error);
    const response = await (error as RepeatFailedError).repeat();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "action_token_used" });
    expect(backend.ran).toHaveLength(1);
  });

  it("is fetch's own error when the first request is lost, or the caller aborts", async () => {
    const offline = createActionFetch({ present: approve, fetch: () => Promise.reject(new TypeError("offline")) });
    await expect(offline(...post(backend, "/withdrawals"))).rejects.toThrow(new TypeError("offline"));
    const controller = new AbortController();
    const aborted = createActionFetch({
      present: approve,
      fetch: (input, init) => {
        if ((input as Request).headers.has("action-token")) controller.abort("gone");
        return fetch(input, init);
      },
    });
    const { signal } = controller;
    await expect(aborted(...post(backend, "/withdrawals", {}, { signal }))).rejects.toBe("gone");
  });
});
