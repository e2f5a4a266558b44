import { unwatchFile, watchFile } from "node:fs";
import type { Engine } from "@require-action/engine";
import { type CompiledPolicy, compilePolicy, policyWarnings } from "@require-action/engine/policy";
import type { MessagingTemplates } from "@require-action/server";
import type { Terminal } from "../lib/terminal.ts";
import { mistakeLines, policyMistakes } from "../policy/compile-file.ts";
import { type IpDatabases, ipKnowledge } from "../policy/ip-database.ts";
import { createSourceText, readText } from "../policy/source-text.ts";

/** The policy in force, for what the engine does not expose of it. */
interface PolicyHolder {
  messagingTemplates(action: string): MessagingTemplates | undefined;
  /** The actions that it names. */
  actionCodes(): readonly string[];
  /** Puts another one in force, or says what is wrong with it and keeps the one before. */
  reload(engine: Engine, text: string): Promise<void>;
  /** Goes over to one that is in force already. */
  follow(text: string, name: string): void;
}

/** @throws PolicyError with every mistake */
export function createPolicyHolder(
  text: string,
  file: string,
  ip: IpDatabases,
  { write, warn }: Terminal,
): PolicyHolder {
  let policy = compilePolicy(text);
  warnOf(policy, text);

  function warnOf(loaded: CompiledPolicy, source: string, name = file): void {
    const warnings = policyWarnings(loaded, ipKnowledge(ip));
    if (warnings.length > 0)
      warn(`Look at these rules of ${name}:\n${mistakeLines(warnings, createSourceText(name, source))}`);
  }

  return {
    actionCodes: () => policy.actionCodes,
    messagingTemplates(action) {
      const templates = policy.action(action)?.messagingTemplates;
      return templates === undefined ? undefined : Object.fromEntries(templates);
    },
    follow(next, name) {
      policy = compilePolicy(next);
      warnOf(policy, next, name);
      write(`${name.slice(0, 1).toUpperCase()}${name.slice(1)} of the policy is in force.`);
    },
    async reload(engine, changed) {
      try {
        const next = compilePolicy(changed);
        await engine.reloadPolicy(changed);
        policy = next;
        warnOf(next, changed);
        write(`The policy in ${file} is in force.`);
      } catch (error) {
        const mistakes = policyMistakes(error, file, changed) ?? "  It could not be loaded.";
        warn(`The policy in ${file} has mistakes, so the one before stays:\n${mistakes}`);
      }
    },
  };
}

const WATCH_INTERVAL_MS = 250;

/** @throws CliError */
export function readPolicyFile(file: string): string {
  return readText(file, "--policy");
}

/** Calls back with the text after each change of the file, until it is stopped. */
export function watchPolicyFile(file: string, onChange: (text: string) => void): () => void {
  let last = readPolicyFile(file);
  const listener = (): void => {
    let text: string;
    try {
      text = readPolicyFile(file);
    } catch {
      // Between two steps of an editor's saving; it will be back.
      return;
    }
    // Empty: the moment before it is written.
    if (text === last || text === "") return;
    last = text;
    onChange(text);
  };
  // By looking, as editors replace files in ways that notifications lose.
  watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, listener);
  return () => unwatchFile(file, listener);
}
