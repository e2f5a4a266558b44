import { ActionError } from "../wire/action-error.ts";
import { readServerTime } from "../wire/timing.ts";
import { type Prompt, readReply } from "../wire/wire.ts";

/** A prompt, and the `performance.now()` at which it ends; infinity when the server does not say. */
export type TimedPrompt = Prompt & { readonly endsAt: number };

/** Reads what a response asks the user for. Rejects when a redirect led to it: the repeated request would follow none. */
export async function readPrompt(response: Response): Promise<TimedPrompt | undefined> {
  const prompt = await readReply(response);
  if (!prompt || prompt.code === "review_required") return undefined;
  if (response.redirected) throw new ActionError("request_redirected");
  return { ...prompt, endsAt: performance.now() + lifetimeOf(prompt, response) };
}

/** The browser's clock may be wrong by hours, so that only the time between two stamps of the server counts. */
function lifetimeOf(prompt: Prompt, response: Response): number {
  if (prompt.code === "enrollment_required") return Infinity;
  const lifetimeMs = Date.parse(prompt.expiresAt) - (readServerTime(response) ?? NaN);
  return lifetimeMs > 0 ? lifetimeMs : Infinity;
}
