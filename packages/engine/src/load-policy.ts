import { ConfigurationError } from "@require-action/core";
import type { VerificationMethods } from "./methods/verification-method.ts";
import { type CompiledPolicy, compilePolicy, type Policy } from "./policy/index.ts";

/**
 * Makes a policy ready, for an engine that knows these methods.
 * @throws PolicyError with every mistake
 * @throws ConfigurationError when an action accepts only methods that this engine cannot offer
 */
export function loadPolicy(source: Policy | string, methods: VerificationMethods): CompiledPolicy {
  const policy = compilePolicy(source);
  for (const code of policy.actionCodes) {
    const accepted = policy.action(code)?.verificationMethods;
    if (accepted === undefined || accepted.some((name) => methods.has(name))) continue;
    throw new ConfigurationError(
      `policy.actions.${code}.verificationMethods`,
      `this engine offers none of ${accepted.join(", ")}, only ${[...methods.keys()].join(", ")}`,
    );
  }
  return policy;
}
