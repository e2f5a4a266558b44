import { compilePolicy, type Engine } from "@require-action/engine";
import type { MessagingTemplates } from "../pages/index.ts";
import { policyMistakes } from "./policy-mistakes.ts";
import type { Terminal } from "./terminal.ts";

/** The policy in force, for what the engine does not tell of it. */
export interface PolicyHolder {
  messagingTemplates(action: string): MessagingTemplates | undefined;
  /** Puts another one in force, or says what is wrong with it and keeps the one before. */
  reload(engine: Engine, text: string): Promise<void>;
}

/** @throws PolicyError with every mistake */
export function createPolicyHolder(text: string, file: string, { write, warn }: Terminal): PolicyHolder {
  let policy = compilePolicy(text);

  return {
    messagingTemplates(action) {
      const templates = policy.action(action)?.messagingTemplates;
      return templates === undefined ? undefined : Object.fromEntries(templates);
    },
    async reload(engine, changed) {
      try {
        const next = compilePolicy(changed);
        await engine.reloadPolicy(changed);
        policy = next;
        write(`The policy in ${file} is in force.`);
      } catch (error) {
        const mistakes = policyMistakes(error) ?? "  It could not be loaded.";
        warn(`The policy in ${file} has mistakes, so the one before stays:\n${mistakes}`);
      }
    },
  };
}
