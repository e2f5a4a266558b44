import type { ScriptedProvider } from "./scripted-provider.ts";

/** Options of {@link readyToken}. */
export interface ReadyTokenOptions {
  /** Who approves: the user by a challenge, or a reviewer. A challenge by default. */
  readonly by?: "challenge" | "review";
  /** How the challenge is completed, `AUTHENTICATOR_APP` by default. */
  readonly verificationMethod?: string;
}

/**
 * Has one request approved, and returns the `Action-Token` with which the same request goes through. `send` sends the request
 * once, without a token.
 * @throws Error when no guard asked this provider for a decision meanwhile, or more than one did
 *
 * @example
 * const provider = createScriptedProvider(); // the application's, in tests
 * const withdraw = () => request(app).post("/withdrawals").send({ amount: "250.00" });
 * const actionToken = await readyToken(provider, withdraw);
 * await withdraw().set("Action-Token", actionToken).expect(200);
 */
export async function readyToken(
  provider: ScriptedProvider,
  send: () => PromiseLike<unknown>,
  { by = "challenge", verificationMethod = "AUTHENTICATOR_APP" }: ReadyTokenOptions = {},
): Promise<string> {
  const before = provider.calls.length;
  provider.answerNext(by === "challenge" ? "CHALLENGE_REQUIRED" : "REVIEW_REQUIRED");
  await send();
  const tracked = provider.calls.slice(before).filter((call) => call.verb === "track");
  const [call] = tracked;
  if (call === undefined || tracked.length > 1) {
    throw new Error(`the request asked for ${tracked.length} decisions rather than one; look at what it was answered`);
  }
  const { idempotencyKey } = call.request.attributes;
  if (by === "challenge") return provider.completeChallenge(idempotencyKey, { verificationMethod });
  provider.review(idempotencyKey, "approve");
  return idempotencyKey;
}
