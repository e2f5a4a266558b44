import {
  type GetActionRequest,
  ProviderError,
  RequireActionError,
  type TrackRequest,
  type ValidateChallengeRequest,
} from "@require-action/core";
import type { Api } from "./api.ts";
import { codeOfStatus, describeStatus, knownErrorCode, unanswered } from "./failures.ts";
import { actionSegment, keySegment, userSegment } from "./path-segment.ts";
import { trackBody } from "./track-body.ts";

/** The part of an `@authsignal/node` instance that is called. Its answers are believed no more than the API's. */
export interface AuthsignalClient {
  /** Decides an action. */
  track(request: TrackRequest): Promise<unknown>;
  /** Tells whose result a token is. */
  validateChallenge(request: ValidateChallengeRequest): Promise<unknown>;
  /** Tells where an action is. */
  getAction(request: GetActionRequest): Promise<unknown>;
}

/** Characters that mean the same in a path whether they are encoded or not. */
const SAME_WHEN_ENCODED = /^[A-Za-z0-9._~:@+=,-]+$/;

/**
 * Creates the three calls over an SDK instance. The SDK (2.21.0) puts ids into its paths as they are, so an id that would
 * need encoding is refused here; encoding it first would name another user once the SDK encodes too.
 */
export function createSdkApi(client: AuthsignalClient): Api {
  return {
    async track({ userId, action, attributes }, { signal }) {
      requirePathSafe(userId, action, attributes.idempotencyKey);
      return call(() => client.track({ userId, action, attributes: trackBody(attributes) }), signal);
    },

    async validateChallenge({ token, userId, action }, { signal }) {
      userSegment(userId);
      actionSegment(action);
      const answer = await call(() => client.validateChallenge({ token, userId, action }), signal);
      if (typeof answer !== "object" || answer === null) return answer;
      // The SDK renames this member of the wire format.
      return { ...answer, actionCode: "action" in answer ? answer.action : undefined };
    },

    async getAction({ userId, action, idempotencyKey }, { signal }) {
      requirePathSafe(userId, action, idempotencyKey);
      return call(() => client.getAction({ userId, action, idempotencyKey }), signal, isNotFound);
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

/** The SDK takes no signal: when it is aborted, the call is given up, though the SDK's own request goes on. */
function call(
  send: () => Promise<unknown>,
  signal: AbortSignal,
  isAbsence: (error: unknown) => boolean = () => false,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(unanswered({ failure: "aborted" }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    const sent = (async () => send())();
    sent
      .then(resolve, (error: unknown) => (isAbsence(error) ? resolve(undefined) : reject(asProviderError(error))))
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** The SDK's error holds the request with the secret key: its status and code are all that is taken over. */
function asProviderError(error: unknown): ProviderError {
  const { statusCode, errorCode } = sdkError(error);
  if (statusCode === undefined) return new ProviderError("provider_unavailable", "the Authsignal SDK failed");
  // Without a code the body was not Authsignal's.
  const code = codeOfStatus(statusCode, typeof errorCode === "string");
  return new ProviderError(code, describeStatus(statusCode, knownErrorCode(errorCode)));
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
