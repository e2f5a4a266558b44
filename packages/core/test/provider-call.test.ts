import { describe, expect, it } from "vitest";
import { isAborted } from "../src/index.ts";
import { startCall } from "../src/provider-call.ts";

describe("a call of a provider", () => {
  it("has one signal, however often it is asked for", () => {
    const call = startCall();
    expect(call.signal).toBe(call.signal);
    expect(call.signal.aborted).toBe(false);
    expect(isAborted(call)).toBe(false);
  });

  it("F10: is ended without ending any other", () => {
    const [slow, other] = [startCall(), startCall()];
    const { signal } = slow;
    slow.abort(new Error("late"));
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toEqual(new Error("late"));
    expect(isAborted(slow)).toBe(true);
    expect(isAborted(other)).toBe(false);
    expect(other.signal.aborted).toBe(false);
  });

  it("has an aborted signal when it is asked for after the end", () => {
    const call = startCall();
    call.abort(new Error("late"));
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toEqual(new Error("late"));
  });

  it("tells by its signal when it was made by somebody else", () => {
    expect(isAborted({ signal: AbortSignal.abort() })).toBe(true);
    expect(isAborted({ signal: new AbortController().signal })).toBe(false);
  });
});
