import { describe, expect, it } from "vitest";
import { isAborted } from "../src/index.ts";
import { startCall } from "../src/provider-call.ts";

const never = new Promise<never>(() => {});

describe("a call of a provider", () => {
  it("has one signal, however often it is asked for", () => {
    const call = startCall(1_000);
    expect(call.signal).toBe(call.signal);
    expect(call.signal.aborted).toBe(false);
    expect(isAborted(call)).toBe(false);
  });

  it("F10: is ended without ending any other", async () => {
    const [slow, other] = [startCall(5), startCall(1_000)];
    const { signal } = slow;
    await expect(slow.wait(never)).rejects.toThrow("no answer within 5 ms");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ message: "no answer within 5 ms" });
    expect(isAborted(slow)).toBe(true);
    expect(isAborted(other)).toBe(false);
    expect(other.signal.aborted).toBe(false);
  });

  it("has an aborted signal when it is asked for after the end", async () => {
    const call = startCall(5);
    await expect(call.wait(never)).rejects.toThrow("no answer");
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toMatchObject({ message: "no answer within 5 ms" });
  });

  it("F1: has one deadline over all that it waits for", async () => {
    const call = startCall(40);
    const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, "answer"));
    await expect(call.wait(later(25))).resolves.toBe("answer");
    await expect(call.wait(later(25))).rejects.toThrow("no answer within 40 ms");
    await expect(call.wait(later(0))).rejects.toThrow("no answer within 40 ms");
  });

  it("passes on at once what is there at once", () => {
    expect(startCall(5).wait("answer")).toBe("answer");
  });

  it("tells by its signal when it was made by somebody else", () => {
    expect(isAborted({ signal: AbortSignal.abort() })).toBe(true);
    expect(isAborted({ signal: new AbortController().signal })).toBe(false);
  });
});
