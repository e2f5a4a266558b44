import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ActionFetch, createActionFetch } from "../src/index.ts";
import { type Backend, startBackend } from "./backend.ts";
import { codeOf, manualPresenter, type ManualPresenter, post, type Shown } from "./harness.ts";

let backend: Backend;
let user: ManualPresenter;
let actionFetch: ActionFetch;

beforeEach(async () => {
  backend = await startBackend();
  user = manualPresenter();
  actionFetch = createActionFetch(user);
});
afterEach(() => backend.close());

function approve(shown: Shown | undefined): void {
  shown?.resolve(backend.complete(shown.prompt.token ?? ""));
}

/** Resolves when the application has received that many requests, and the client has had time to read the replies. */
async function untilReceived(count: number): Promise<void> {
  await vi.waitFor(() => expect(backend.received("/")).toHaveLength(count), { interval: 2, timeout: 30_000 });
  await new Promise((resolve) => setTimeout(resolve, 30));
}

describe("the same request made twice", () => {
  it("shares one challenge and its reply", async () => {
    const both = [1, 2].map(() => actionFetch(...post(backend, "/withdrawals")));
    await user.until(1);
    await untilReceived(2);
    approve(user.shown[0]);
    const responses = await Promise.all(both);
    expect(await Promise.all(responses.map((response) => response.json()))).toEqual([{ ran: 1 }, { ran: 1 }]);
    expect(user.shown).toHaveLength(1);
    expect(backend.ran).toHaveLength(1);
    expect(backend.received("/withdrawals")).toHaveLength(3);
  });

  it("is the same as a form, whose boundary differs", async () => {
    const both = [1, 2].map(() => {
      const body = new FormData();
      body.set("file", new Blob([new Uint8Array([255])]), "a");
      return actionFetch(`${backend.origin}/uploads`, { method: "POST", body });
    });
    await user.until(1);
    await untilReceived(2);
    approve(user.shown[0]);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([201, 201]);
    expect(backend.ran).toHaveLength(1);
  });

  it("is another one where only one of them may be stored", async () => {
    const [path, init] = post(backend, "/withdrawals");
    const both = [false, true].map((sensitive) => actionFetch(path, { ...init, sensitive }));
    await user.until(1);
    await untilReceived(2);
    approve(user.shown[0]);
    await user.until(2);
    approve(user.shown[1]);
    await Promise.all(both);
    expect(user.shown.filter(({ sensitive }) => sensitive)).toHaveLength(1);
  });

  it("shares the cancellation too", async () => {
    const both = [1, 2].map(() => actionFetch(...post(backend, "/withdrawals")));
    await user.until(1);
    await untilReceived(2);
    user.shown[0]?.resolve(undefined);
    expect(await Promise.all(both.map(codeOf))).toEqual(["challenge_cancelled", "challenge_cancelled"]);
  });

  it("goes on for one when the other aborts", async () => {
    const controller = new AbortController();
    const first = actionFetch(...post(backend, "/withdrawals", {}, { signal: controller.signal }));
    await user.until(1);
    const second = actionFetch(...post(backend, "/withdrawals", {}));
    await untilReceived(2);
    controller.abort();
    expect(await codeOf(first)).toBe("challenge_cancelled");
    expect(user.shown[0]?.signal.aborted).toBe(false);
    approve(user.shown[0]);
    expect((await second).status).toBe(201);
  });

  it("ends when both abort, and a third one starts anew", async () => {
    const controller = new AbortController();
    const init = { signal: controller.signal };
    const both = [1, 2].map(() => actionFetch(...post(backend, "/withdrawals", {}, init)));
    await user.until(1);
    await untilReceived(2);
    controller.abort();
    expect(await Promise.all(both.map(codeOf))).toEqual(["challenge_cancelled", "challenge_cancelled"]);
    expect(user.shown[0]?.signal.aborted).toBe(true);
    const third = actionFetch(...post(backend, "/withdrawals", {}));
    await user.until(2);
    approve(user.shown[1]);
    expect((await third).status).toBe(201);
  });

  it("is a new one once the first is answered", async () => {
    for (const turn of [0, 1]) {
      const running = actionFetch(...post(backend, "/withdrawals"));
      await user.until(turn + 1);
      approve(user.shown[turn]);
      expect(await (await running).json()).toEqual({ ran: turn + 1 });
    }
  });
});

describe("another request of the same action", () => {
  const differences: readonly [name: string, path: string, body: unknown, headers: Record<string, string>][] = [
    ["body", "/withdrawals", { amount: "200" }, { "x-tenant": "acme" }],
    ["header", "/withdrawals", { amount: "100" }, { "x-tenant": "other" }],
    ["address", "/withdrawals?a", { amount: "100" }, { "x-tenant": "acme" }],
  ];
  for (const [name, path, body, headers] of differences) {
    it(`with another ${name} has its own challenge, presented after the first`, async () => {
      const first = actionFetch(...post(backend, "/withdrawals"));
      await user.until(1);
      const init = { headers: { "content-type": "application/json", ...headers } };
      const second = actionFetch(...post(backend, path, body, init));
      await untilReceived(2);
      expect(user.shown).toHaveLength(1);
      approve(user.shown[0]);
      expect((await first).status).toBe(201);
      await user.until(2);
      approve(user.shown[1]);
      expect((await second).status).toBe(201);
      expect(backend.ran).toHaveLength(2);
    });
  }

  it("has its turn also after a cancelled one", async () => {
    const first = actionFetch(...post(backend, "/withdrawals"));
    await user.until(1);
    const second = actionFetch(...post(backend, "/withdrawals", { amount: "200" }));
    await untilReceived(2);
    user.shown[0]?.resolve(undefined);
    expect(await codeOf(first)).toBe("challenge_cancelled");
    await user.until(2);
    approve(user.shown[1]);
    expect((await second).status).toBe(201);
  });

  it("that gave up while it waited is never presented", async () => {
    const first = actionFetch(...post(backend, "/withdrawals"));
    await user.until(1);
    const controller = new AbortController();
    const second = actionFetch(...post(backend, "/withdrawals", { amount: "200" }, { signal: controller.signal }));
    await untilReceived(2);
    controller.abort();
    expect(await codeOf(second)).toBe("challenge_cancelled");
    approve(user.shown[0]);
    expect((await first).status).toBe(201);
    await untilReceived(3);
    expect(user.shown).toHaveLength(1);
  });

  it("that gave up while it waited takes nothing from the same request made anew", async () => {
    const first = actionFetch(...post(backend, "/withdrawals"));
    await user.until(1);
    const controller = new AbortController();
    const { signal } = controller;
    const second = actionFetch(...post(backend, "/withdrawals", { amount: "200" }, { signal }));
    await untilReceived(2);
    controller.abort();
    expect(await codeOf(second)).toBe("challenge_cancelled");
    const third = actionFetch(...post(backend, "/withdrawals", { amount: "200" }));
    await untilReceived(3);
    approve(user.shown[0]);
    await first;
    await user.until(2);
    approve(user.shown[1]);
    expect((await third).status).toBe(201);
  });

  it("asks for a fresh challenge when its own has ended while it waited", async () => {
    const first = actionFetch(...post(backend, "/withdrawals"));
    await user.until(1);
    const second = actionFetch(...post(backend, "/short"));
    await untilReceived(2);
    // The challenge of /short lasts a second, and up to another for the seconds of the Date header.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    approve(user.shown[0]);
    await first;
    await user.until(2);
    expect(backend.received("/short")).toHaveLength(2);
    approve(user.shown[1]);
    expect((await second).status).toBe(201);
  });

  it("does not enroll the user twice", async () => {
    for (let i = 0; i < 2; i += 1) backend.provider.answerNext({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
    const first = actionFetch(...post(backend, "/withdrawals"));
    const second = actionFetch(...post(backend, "/withdrawals", { amount: "200" }));
    await user.until(1);
    await untilReceived(2);
    user.shown[0]?.resolve("");
    for (const index of [1, 2]) {
      await user.until(index + 1);
      approve(user.shown[index]);
    }
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([201, 201]);
    const codes = user.shown.map(({ prompt }) => prompt.code);
    expect(codes).toEqual(["enrollment_required", "challenge_required", "challenge_required"]);
  });
});

it("presents different actions at the same time", async () => {
  const both = ["/withdrawals", "/payouts"].map((path) => actionFetch(...post(backend, path)));
  await user.until(2);
  user.shown.forEach(approve);
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([201, 201]);
});
