import { describe, expect, it } from "vitest";
import { createLoadWatch, isAborted, whenAborted } from "../src/provider.ts";
import { startCall } from "../src/provider/provider-call.ts";

const never = new Promise<never>(() => {});

describe("a call of a provider", () => {
  it("has one signal, however often it is asked for", () => {
    const call = startCall(1_000, createLoadWatch());
    expect(call.signal).toBe(call.signal);
    expect(call.signal.aborted).toBe(false);
    expect(isAborted(call)).toBe(false);
  });

  it("F10: is ended without ending any other", async () => {
    const [slow, other] = [startCall(5, createLoadWatch()), startCall(1_000, createLoadWatch())];
    const { signal } = slow;
    await expect(slow.wait(never)).rejects.toThrow("no answer within 5 ms");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ message: "no answer within 5 ms" });
    expect(isAborted(slow)).toBe(true);
    expect(isAborted(other)).toBe(false);
    expect(other.signal.aborted).toBe(false);
  });

  it("has an aborted signal when it is asked for after the end", async () => {
    const call = startCall(5, createLoadWatch());
    await expect(call.wait(never)).rejects.toThrow("no answer");
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toMatchObject({ message: "no answer within 5 ms" });
  });

  it("F1: has one deadline over all that it waits for", async () => {
    const call = startCall(40, createLoadWatch());
    const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, "answer"));
    await expect(call.wait(later(25))).resolves.toBe("answer");
    await expect(call.wait(later(25))).rejects.toThrow("no answer within 40 ms");
    await expect(call.wait(later(0))).rejects.toThrow("no answer within 40 ms");
  });

  it("passes on at once what is there at once", () => {
    expect(startCall(5, createLoadWatch()).wait("answer")).toBe("answer");
  });

  it("T54: looks for the answer once more when its deadline fires", async () => {
    const call = startCall(5, createLoadWatch());
    // Arrives in the very turn in which the deadline fires, as what was waiting in a socket does.
    const answer = new Promise((resolve) => setTimeout(() => setImmediate(resolve, "answer"), 5));
    const answered = call.wait(answer);
    const end = performance.now() + 20;
    while (performance.now() < end);
    await expect(answered).resolves.toBe("answer");
    expect(isAborted(call)).toBe(false);
    call.end();
  });

  it("T54: keeps its judgement from when the deadline fired", async () => {
    let now = 0;
    const call = startCall(5, createLoadWatch({ now: () => now, busy: () => 0 }));
    const waited = call.wait(never);
    setTimeout(() => (now = 1_000), 5);
    await expect(waited).rejects.toThrow("no answer");
    expect(call.isOwnDoing()).toBe(false);
    const late = startCall(5, createLoadWatch({ now: () => now, busy: () => 0 }));
    const waitedLate = late.wait(never);
    now += 56;
    await expect(waitedLate).rejects.toThrow("no answer");
    expect(late.isOwnDoing()).toBe(true);
  });

  it("F10: tells those who ask that it has ended, once, unless they took that back", async () => {
    const told: string[] = [];
    const call = startCall(5, createLoadWatch());
    whenAborted(call, () => told.push("asked"));
    whenAborted(call, () => told.push("took back"))();
    const controller = new AbortController();
    whenAborted(controller, () => told.push("asked by a signal"));
    whenAborted(controller, () => told.push("took back by a signal"))();
    expect(told).toEqual([]);
    await expect(call.wait(never)).rejects.toThrow("no answer");
    controller.abort();
    expect(told).toEqual(["asked", "asked by a signal"]);
  });

  it("tells by its signal when it was made by somebody else", () => {
    expect(isAborted({ signal: AbortSignal.abort() })).toBe(true);
    expect(isAborted({ signal: new AbortController().signal })).toBe(false);
  });
});
