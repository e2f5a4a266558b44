import { ConfigurationError, type DeclaredAction } from "@require-action/core";
import { nearest } from "@require-action/core/options";
import type { VerificationMethods } from "../methods/verification-method.ts";
import type { CompiledPolicy } from "../policy/model/types.ts";

/** The actions that guards require, compared with those of the policy. */
export interface DeclaredActions {
  /**
   * Notes what a guard requires.
   * @throws ConfigurationError for an action that the policy does not name, and for methods of which this engine offers none
   */
  declare(action: DeclaredAction): void;
  /** Warns of each action that a guard requires and this policy, which comes into force, does not name. */
  policyChanged(policy: CompiledPolicy): void;
  /** Warns of an action that is asked for and refused, as the policy does not name it: once for each. */
  refused(action: string, policy: CompiledPolicy): void;
}

const MOST_WARNED = 100;

export function createDeclaredActions(policy: () => CompiledPolicy, methods: VerificationMethods): DeclaredActions {
  const declared = new Set<string>();
  const warned = new Set<string>();
  return {
    declare({ action, verificationMethods }) {
      // What was declared once is declared: off HTTP, each call declares its action again.
      if (!declared.has(action) && !isDecided(policy(), action)) {
        throw new ConfigurationError("action", `is not an action of the policy${hint(action, policy())}`);
      }
      if (verificationMethods !== undefined && !verificationMethods.some((name) => methods.has(name))) {
        const offered = [...methods.keys()].join(", ");
        throw new ConfigurationError("verificationMethods", `this engine offers none of them, only ${offered}`);
      }
      // Of actions that no policy names there is nothing to warn of, and off HTTP their names may be anybody's.
      if (policy().action(action) !== undefined) declared.add(action);
    },
    policyChanged(next) {
      for (const action of declared) {
        if (isDecided(next, action)) continue;
        warn(
          `The policy no longer names the action ${action}, which a guard requires: each of its requests is refused.`,
        );
      }
    },
    refused(action, { actionCodes }) {
      if (warned.has(action) || warned.size >= MOST_WARNED) return;
      warned.add(action);
      const meant = nearest(action, actionCodes);
      warn(
        `The policy does not name the action ${action}, so each of its requests is refused.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
      );
    },
  };
}

function isDecided(policy: CompiledPolicy, action: string): boolean {
  return policy.action(action) !== undefined || policy.unknownActions !== "refuse";
}

function hint(action: string, { actionCodes }: CompiledPolicy): string {
  const meant = nearest(action, actionCodes);
  return meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
}

function warn(message: string): void {
  process.emitWarning(message, { type: "RequireActionWarning", code: "RA_ACTION_UNKNOWN" });
}
