import { setTimeout as pass } from "node:timers/promises";
import { RequireActionError } from "@require-action/core";
import { type LoadWatch, ProviderError } from "@require-action/core/provider";

const FIRST_PAUSE_MS = 5;
const RETRY_AFTER_SECONDS = 1;
/** Our signal, and the time limit that a client may have of its own. */
const UNSENT: ReadonlySet<string> = new Set(["AbortError", "TimeoutError"]);

/** What Redis answers to a user or a script that it will not run. Asking again changes nothing. */
const REFUSED =
  /^NOPERM |^ERR (?:The user executing|unknown command|unknown redis command|syntax error|Error compiling)/i;

/** True for an error by which Redis says that this user or this server does not run what was asked. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && REFUSED.test(error.message);
}

/** How long a start waits for an answer: enough for a busy Redis, and an end where nothing ever answers. */
export const START_TIMEOUT_MS = 2_000;

/** A failure by its kind, and Redis' own word for it, only: the client's errors may name hosts and users. */
export async function reach<Answer>(
  code: "ledger_unavailable" | "provider_unavailable",
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequireActionError) throw error;
    const detail = `redis: ${kindOf(error)}`;
    throw code === "ledger_unavailable" ? new RequireActionError(code, { detail }) : new ProviderError(code, detail);
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [word] = /^[A-Z]{3,16}(?= )/.exec(error.message) ?? [];
  return word === undefined ? error.constructor.name : `${error.constructor.name} ${word}`;
}

/**
 * Asks until there is an answer, for at most `ms` milliseconds: a connection that broke is back within a few, and a command
 * whose reply was lost with it must be asked again. A pause counts as long as it was meant to be: where this process comes late
 * out of one, Redis had no chance to answer meanwhile. Only for commands that change nothing when they are repeated.
 */
export async function askAgain<Answer>(ms: number, ask: () => Promise<Answer>): Promise<Answer> {
  let left = ms;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    const askedAt = performance.now();
    try {
      return await ask();
    } catch (error) {
      left -= performance.now() - askedAt + pause;
      if (left < 0 || isRefusal(error)) throw error;
      await pass(pause);
    }
  }
}

/**
 * Gives a command up after `ms` milliseconds, and one turn of the event loop: an answer may have arrived while this process
 * was at something else. The client itself gives up only what was not sent yet.
 */
export async function giveUp<Answer>(ms: number, command: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new CommandTimeout())), ms);
  });
  try {
    return await Promise.race([command(), passed]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks as {@link giveUp} does, and distinguishes a Redis that is busy from one that is down: a command that had no answer by this
 * process's own doing, or while Redis answered others slowly, says nothing of Redis.
 * @throws ProviderError `provider_busy`
 */
export async function askUnderLoad<Answer>(
  load: LoadWatch,
  ms: number,
  command: () => Promise<Answer>,
): Promise<Answer> {
  const wait = load.begin(ms);
  try {
    const answer = await giveUp(ms, command);
    wait.answered();
    return answer;
  } catch (error) {
    if (!isTimeout(error) || !wait.isOwnDoing()) throw error;
    throw new ProviderError("provider_busy", `redis: ${kindOf(error)}`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

/** Ours, or the client's own for a command that was not sent in time. */
function isTimeout(error: unknown): boolean {
  return error instanceof CommandTimeout || UNSENT.has(kindOf(error));
}

/** A command had no answer in time. */
export class CommandTimeout extends Error {}
