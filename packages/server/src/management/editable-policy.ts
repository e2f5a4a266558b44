import { ConfigurationError } from "@require-action/core";
import type { Policy } from "@require-action/engine";
import { PolicyError } from "@require-action/engine/policy";
import { invalid } from "../http/request-fields.ts";

/** The policy in force, as it is written down where it can be changed. */
export interface EditablePolicy {
  /** Returns the policy as it is written. @throws PolicyError with every mistake that it has now */
  read(): Policy;
  /** Puts another one in force, and writes it. @throws PolicyError, ConfigurationError: nothing is written then */
  write(policy: Policy): Promise<void>;
}

/** What a change makes of a policy, and what is answered to whoever asked for it. */
export interface PolicyChange<Answer extends object = object> {
  readonly policy: Policy;
  readonly answer: Answer;
}

/** Reads and changes a policy, one change after another: Terraform sends ten at a time. */
export interface PolicyEditor {
  /** @throws EngineError `request_invalid` with the mistakes of the policy */
  read(): Policy;
  /** @throws EngineError `request_invalid` with the mistakes that the change would make, and what `change` throws */
  edit<Answer extends object>(change: (policy: Policy) => PolicyChange<Answer>): Promise<Answer>;
}

export function createPolicyEditor(editable: EditablePolicy): PolicyEditor {
  let last: Promise<unknown> = Promise.resolve();
  const read = (): Policy => explaining(() => editable.read());
  return {
    read,
    edit(change) {
      const edited = last.then(async () => {
        const { policy, answer } = change(read());
        // Records of a request's body are no plain objects, which a policy is made of.
        await editable.write(JSON.parse(JSON.stringify(policy)) as Policy).catch(refuse);
        return answer;
      });
      // The next one has nothing to do with how this one ends.
      last = edited.catch(() => undefined);
      return edited;
    },
  };
}

function explaining<Value>(ask: () => Value): Value {
  try {
    return ask();
  } catch (error) {
    return refuse(error);
  }
}

/** How many mistakes are named. */
const MOST_MISTAKES = 5;

function refuse(error: unknown): never {
  // What only this engine refuses, such as a method that it does not offer.
  if (error instanceof ConfigurationError && error.option.startsWith("policy.")) throw invalid(error.message);
  if (!(error instanceof PolicyError)) throw error;
  const mistakes = error.mistakes.slice(0, MOST_MISTAKES).map(({ path, message, suggestion }) => {
    const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
    return `${path === "" ? "the policy" : path}: ${message}${hint}`;
  });
  throw invalid(`The policy would have mistakes: ${mistakes.join(". ")}.`);
}
