import { RequireActionError } from "@require-action/core";
import { ProviderError } from "@require-action/core/provider";
import { isAbsence, successBody } from "../http/answer-body.ts";
import { actionSegment, type Api, keySegment, trackBody, userSegment } from "./api.ts";
import { codeOfStatus, describeStatus, knownErrorCode, unanswered } from "../http/failures.ts";
import { type AuthsignalClient, confine, warnOfSdkTransport } from "./sdk-transport.ts";

/** Characters that mean the same in a path whether they are encoded or not. */
const SAME_WHEN_ENCODED = /^[A-Za-z0-9._~:@+=,-]+$/;

/**
 * Creates the three calls over an SDK instance. The SDK (2.21.0) puts ids into its paths as they are, so an id that would
 * need encoding is refused here; encoding it first would name another user once the SDK encodes too.
 */
export function createSdkApi(client: AuthsignalClient): Api {
  warnOfSdkTransport(client);
  return {
    async track({ userId, action, attributes }, { signal }) {
      requirePathSafe(userId, action, attributes.idempotencyKey);
      return call(client, (sdk) => sdk.track({ userId, action, attributes: trackBody(attributes) }), signal);
    },

    async validateChallenge({ token, userId, action }, { signal }) {
      userSegment(userId);
      actionSegment(action);
      return call(client, (sdk) => sdk.validateChallenge({ token, userId, action }), signal);
    },

    async getAction({ userId, action, idempotencyKey }, { signal }) {
      requirePathSafe(userId, action, idempotencyKey);
      return call(client, (sdk) => sdk.getAction({ userId, action, idempotencyKey }), signal, true);
    },
  };
}

function requirePathSafe(userId: string, action: string, idempotencyKey: string): void {
  userSegment(userId);
  actionSegment(action);
  keySegment(idempotencyKey);
  const detail = "the SDK does not encode ids, and this one needs it; give authsignal() the apiSecretKey instead";
  if (!SAME_WHEN_ENCODED.test(userId)) throw new RequireActionError("user_id_invalid", { detail });
  if (!SAME_WHEN_ENCODED.test(idempotencyKey)) throw new RequireActionError("action_token_invalid", { detail });
}

/**
 * Makes one call. What came over the wire is read here, where it can be seen; what the SDK made of it would hide a part.
 * Gives the call up when it is aborted, whether or not the SDK's own request ends with it.
 */
async function call(
  client: AuthsignalClient,
  send: (sdk: AuthsignalClient) => Promise<unknown>,
  signal: AbortSignal,
  mayBeAbsent = false,
): Promise<unknown> {
  const { sdk, received } = confine(client, signal);
  const outcome = await settle(async () => send(sdk), signal);
  const answer = received();
  if (answer) return mayBeAbsent && isAbsence(answer) ? undefined : successBody(answer);
  if ("value" in outcome) return outcome.value;
  if (mayBeAbsent && isNotFound(outcome.error)) return undefined;
  throw asProviderError(outcome.error);
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

function settle(send: () => Promise<unknown>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(unanswered({ failure: "aborted" }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    send()
      .then(
        (value) => resolve({ value }),
        (error: unknown) => resolve({ error }),
      )
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** The SDK's error holds the request with the secret key: its status and code are all that is taken over. */
function asProviderError(error: unknown): ProviderError {
  const { statusCode, errorCode } = sdkError(error);
  if (statusCode === undefined) return new ProviderError("provider_unavailable", "the Authsignal SDK failed");
  // Without a code the body was not Authsignal's.
  const known = knownErrorCode(errorCode);
  const code = codeOfStatus(statusCode, typeof errorCode === "string", known);
  return new ProviderError(code, describeStatus(statusCode, known));
}

function isNotFound(error: unknown): boolean {
  const { statusCode, errorCode } = sdkError(error);
  // Without a code the body was not Authsignal's, and says nothing about the action.
  return statusCode === 404 && typeof errorCode === "string";
}

function sdkError(error: unknown): { readonly statusCode: number | undefined; readonly errorCode: unknown } {
  if (typeof error !== "object" || error === null) return { statusCode: undefined, errorCode: undefined };
  const { statusCode, errorCode } = error as { readonly statusCode?: unknown; readonly errorCode?: unknown };
  return { statusCode: typeof statusCode === "number" ? statusCode : undefined, errorCode };
}
