import { expect, it, vi } from "vitest";
import { headless, type PresentOptions, type Prompt } from "../src/index.ts";

const prompt = (action: string): Prompt => ({ code: "enrollment_required", action });

function options(signal: AbortSignal = new AbortController().signal): PresentOptions {
  const request = new Request("http://app.example/");
  return { signal, request, sensitive: false, expiresInMs: Infinity, poll: async () => undefined };
}

it("shows the oldest prompt that waits, and tells of each change", async () => {
  const challenges = headless();
  const listener = vi.fn();
  const stop = challenges.subscribe(listener);
  expect(challenges.current()).toBeUndefined();
  const first = challenges.present(prompt("a"), options());
  const second = challenges.present(prompt("b"), options());
  expect(challenges.current()?.prompt.action).toBe("a");
  challenges.current()?.complete("token");
  expect(await first).toBe("token");
  expect(challenges.current()?.prompt.action).toBe("b");
  challenges.current()?.cancel();
  expect(await second).toBeUndefined();
  expect(challenges.current()).toBeUndefined();
  expect(listener).toHaveBeenCalledTimes(4);
  stop();
  void challenges.present(prompt("c"), options());
  expect(listener).toHaveBeenCalledTimes(4);
});

it("shows the same object as long as nothing changes, as useSyncExternalStore asks", () => {
  const challenges = headless();
  void challenges.present(prompt("a"), options());
  expect(challenges.current()).toBe(challenges.current());
});

it("takes an aborted prompt away", async () => {
  const challenges = headless();
  const controller = new AbortController();
  const shown = challenges.present(prompt("a"), options(controller.signal));
  controller.abort();
  expect(await shown).toBeUndefined();
  expect(challenges.current()).toBeUndefined();
});

it("hears only the first answer", async () => {
  const challenges = headless();
  const shown = challenges.present(prompt("a"), options());
  const presentation = challenges.current();
  presentation?.complete("first");
  presentation?.complete("second");
  presentation?.cancel();
  expect(await shown).toBe("first");
});

it("completes an enrollment without a token", async () => {
  const challenges = headless();
  const shown = challenges.present(prompt("a"), options());
  challenges.current()?.complete();
  expect(await shown).toBe("");
});

it("shows nothing that was given up before", async () => {
  const challenges = headless();
  const listener = vi.fn();
  challenges.subscribe(listener);
  expect(await challenges.present(prompt("a"), options(AbortSignal.abort()))).toBeUndefined();
  expect(challenges.current()).toBeUndefined();
  expect(listener).not.toHaveBeenCalled();
});

it("tells whoever subscribes twice, as views that are mounted twice, until both have stopped", () => {
  const challenges = headless();
  const listener = vi.fn();
  const [stopFirst, stopSecond] = [challenges.subscribe(listener), challenges.subscribe(listener)];
  stopFirst();
  stopFirst();
  void challenges.present(prompt("a"), options());
  expect(listener).toHaveBeenCalledTimes(1);
  stopSecond();
  challenges.current()?.cancel();
  expect(listener).toHaveBeenCalledTimes(1);
});
