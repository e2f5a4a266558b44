import type { VerificationMethodName } from "@require-action/core";
import { defineOptions, option, readOptions, verificationMethodNames } from "@require-action/core/options";
import { type ScriptedProvider, sendForApproval } from "./scripted-provider.ts";

/** Options of {@link readyToken}. */
export interface ReadyTokenOptions {
  /** Who approves: the user by a challenge, or a reviewer. By default as the provider's script says, else by a challenge. */
  readonly by?: "challenge" | "review";
  /** How the challenge is completed, `AUTHENTICATOR_APP` by default. */
  readonly verificationMethod?: VerificationMethodName;
}

const optionsSchema = defineOptions<ReadyTokenOptions>({
  required: {},
  optional: { by: option.oneOf(["challenge", "review"]), verificationMethod: option.oneOf(verificationMethodNames) },
});

/** The codes of replies after which an action can be approved. */
const approvable: ReadonlySet<unknown> = new Set(["challenge_required", "enrollment_required", "review_required"]);

/**
 * Approves one request, and returns the `Action-Token` with which the same request goes through. `send` sends the request once,
 * without a token. A script that allows or blocks the request stands: there is nothing to approve.
 * @throws Error when no guard asked this provider for a decision meanwhile, or more than one did, or when the answer can be
 *   approved by nobody: `answered 403 action_blocked`
 * @throws ConfigurationError for an unknown option, and for anything but a scripted provider
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
  options?: ReadyTokenOptions,
): Promise<string> {
  const { by, verificationMethod = "AUTHENTICATOR_APP" } = readOptions("readyToken", optionsSchema, options);
  const { response, answers } = await sendForApproval(provider)(by, send);
  const { status, code } = await replyOf(response);
  const reply = [status, code].filter((part) => part !== undefined).join(" ") || "in a way that cannot be read here";
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) {
    throw new Error(`the request asked for ${answers.length} decisions rather than one; it was answered ${reply}`);
  }
  const { state, idempotencyKey } = answer;
  if (state === "ALLOW" || state === "BLOCK" || (code !== undefined && !approvable.has(code))) {
    throw new Error(`the request was answered ${reply}, which nobody can approve: the provider's script says ${state}`);
  }
  if (state === "CHALLENGE_REQUIRED") return provider.completeChallenge(idempotencyKey, { verificationMethod });
  provider.review(idempotencyKey, "approve");
  return idempotencyKey;
}

interface Reply {
  readonly status: number | undefined;
  readonly code: string | undefined;
}

/** Reads a reply of supertest, `fetch`, Hono's `app.request` or Fastify's `app.inject`; nothing of what is none. */
async function replyOf(response: unknown): Promise<Reply> {
  if (typeof response !== "object" || response === null) return { status: undefined, code: undefined };
  const { status, statusCode, body, json } = response as Readonly<Record<string, unknown>>;
  const code = codeOf(body) ?? (typeof json === "function" ? codeOf(await jsonOf(response)) : undefined);
  const number = status ?? statusCode;
  return { status: typeof number === "number" ? number : undefined, code };
}

async function jsonOf(response: object): Promise<unknown> {
  try {
    // The caller may want to read a body that can be read once.
    const copy = response instanceof Response ? response.clone() : response;
    return await (copy as { json(): unknown }).json();
  } catch {
    return undefined;
  }
}

function codeOf(body: unknown): string | undefined {
  const code = typeof body === "object" && body !== null ? (body as { readonly code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}
