import { describe, expect, it } from "vitest";
import { type ActionOptions, createGuard, createMemoryLedger } from "../src/index.ts";
import { attachGuard, guardDescription } from "../src/adapter.ts";

const never = async (): Promise<never> => Promise.reject(new Error("nobody asks"));
const provider = { name: "none", track: never, validateChallenge: never, getAction: never };
const options = { provider, ledger: createMemoryLedger(), sealSecrets: ["s".repeat(32)], user: () => "alice" };
const described = (own?: ActionOptions<object>, guard = {}) =>
  guardDescription(createGuard<object>({ ...options, ...guard }).protect("withdraw-funds", own));

describe("the description of a guard", () => {
  it("tells the defaults", () => {
    expect(described()).toEqual({
      action: "withdraw-funds",
      binding: "request",
      hasSession: false,
      isConditional: false,
      observe: false,
      onUnavailable: "deny",
      onNotEnrolled: "enroll",
      claim: "guard",
      releaseOn: [],
      verificationMethods: undefined,
      maxAge: 600,
      remembersDevices: false,
      plainHttpHosts: [],
      failedChecks: [],
      isHandler: false,
    });
  });

  it("tells what is settled, from the route or from the guard", () => {
    const own: ActionOptions<object> = {
      bind: () => ({ amount: "1" }),
      when: () => true,
      onNotEnrolled: "block",
      claim: "handler",
      verificationMethods: ["PASSKEY"],
    };
    expect(described(own, { onUnavailable: "allow", session: () => "s", maxAge: 60 })).toMatchObject({
      binding: "fields",
      hasSession: true,
      isConditional: true,
      onUnavailable: "allow",
      onNotEnrolled: "block",
      claim: "handler",
      verificationMethods: ["PASSKEY"],
      maxAge: 60,
    });
    expect(described({ releaseOn: [400, 422] })).toMatchObject({ releaseOn: [400, 422] });
    expect(described({ bind: "none", observe: true })).toMatchObject({ binding: "none", observe: true });
  });

  it("goes on to an adapter's middleware, and to nothing else", () => {
    const protect = createGuard<object>(options).protect("withdraw-funds");
    const middleware = (): void => undefined;
    expect(attachGuard(protect, middleware)).toBe(middleware);
    expect(guardDescription(middleware)).toEqual(guardDescription(protect));
    const method = attachGuard(protect, () => undefined, true);
    expect(guardDescription(method)).toEqual({ ...guardDescription(protect), isHandler: true });
    expect(guardDescription(attachGuard({ approved: protect.approved }, () => undefined))).toBeUndefined();
    for (const value of [undefined, null, "withdraw-funds", {}, () => undefined]) {
      expect(guardDescription(value)).toBeUndefined();
    }
  });

  it("cannot be changed, and is found by the name that all copies of the package share", () => {
    const protect = createGuard<object>(options).protect("withdraw-funds", { verificationMethods: ["PASSKEY"] });
    const found = (protect as unknown as Record<symbol, object>)[Symbol.for("require-action.guard")];
    expect(found).toBe(guardDescription(protect));
    expect(Object.isFrozen(found)).toBe(true);
    expect(() => Object.assign(found!, { observe: true })).toThrow(TypeError);
  });
});
