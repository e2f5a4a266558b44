import { setTimeout as pass } from "node:timers/promises";
import { ProviderError, RequireActionError } from "@require-action/core";

const FIRST_PAUSE_MS = 5;

/** Tells a failure by its kind only: the client's own errors may name hosts and users. */
export async function reach<Answer>(
  code: "ledger_unavailable" | "provider_unavailable",
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequireActionError) throw error;
    const detail = `redis: ${error instanceof Error ? error.constructor.name : typeof error}`;
    throw code === "ledger_unavailable" ? new RequireActionError(code, { detail }) : new ProviderError(code, detail);
  }
}

/**
 * Asks until there is an answer, for at most `ms` milliseconds: a connection that broke is back within a few, and a command
 * whose reply was lost with it must be asked again. Only for commands that change nothing when they are repeated.
 */
export async function askAgain<Answer>(ms: number, ask: () => Promise<Answer>): Promise<Answer> {
  const endsAt = performance.now() + ms;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() + pause > endsAt) throw error;
      await pass(pause);
    }
  }
}

/** Gives a command up after `ms` milliseconds. The client itself does so only for commands that were not sent yet. */
export async function giveUp<Answer>(ms: number, command: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new CommandTimeout()), ms);
  });
  try {
    return await Promise.race([command(), passed]);
  } finally {
    clearTimeout(timer);
  }
}

class CommandTimeout extends Error {
  override readonly name: string = "CommandTimeout";
}
