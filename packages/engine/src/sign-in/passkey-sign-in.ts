import type { ValidateChallengeAnswer } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import type { Attempts } from "../context/attempt-limits.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { Verification } from "../challenges/verify-answer.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { createAnswerVerifier } from "../challenges/verify-answer.ts";
import { assertionOf, passkeyMethod } from "../methods/passkey.ts";
import type { VerificationMethod } from "../methods/verification-method.ts";
import type { IssuedChallenge } from "../challenges/issue-challenge.ts";
import { completeSignIn, type SignInClient } from "./complete-sign-in.ts";
import { mintSignInChallenge, readSignInChallenge, type SignInChallenge } from "./sign-in-challenge.ts";
import { createApproval } from "../receipts/statement.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import type { Track } from "../decisions/track.ts";
import { parseActionCode, parseIdempotencyKey } from "../context/track-input.ts";
import type { ValidateChallenge } from "../challenges/validate-challenge.ts";
import type { CeremonyMistake } from "../webauthn/client-data.ts";
import { passkeyRequestOptions } from "../webauthn/passkey-options.ts";
import { parseAuthenticationResponse } from "../webauthn/passkey-response.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";

const MAX_LOOKUPS = 20;
/** Reasons to refuse an answer whose signature is right. */
const signedMistakes: ReadonlySet<string> = new Set<CeremonyMistake>([
  "backup_eligibility_changed",
  "counter_regressed",
]);

/**
 * Sign-in by passkey alone: the passkey names its user. With an idempotency key it completes the challenge that was tracked
 * under it, of that user and no other. It may serve for any action that the policy knows, accepts
 * passkeys for, and needs no data points of; what the policy would allow counts as a challenge, completed. Nothing is
 * stored for who does not name a passkey that is known. Without the option `passkeys`, every call is refused.
 */
export interface PasskeySignIn {
  /**
   * Begins a sign-in, or with the key of a tracked action its challenge.
   * @throws EngineError `request_invalid`, `verification_method_unknown`, `action_unknown`, `verification_method_not_allowed`
   */
  begin(action: unknown, idempotencyKey?: unknown): IssuedChallenge;
  /** The options of a sign-in that has begun. @throws EngineError `request_invalid` */
  options(challengeId: unknown): IssuedChallenge;
  /**
   * Takes the passkey's answer, decides the action for its user, and completes it.
   * @throws EngineError `request_invalid`, `credential_unknown`, `too_many_attempts`, `verification_method_not_allowed`,
   * `authenticator_too_new`, and `challenge_not_open` when the policy blocks the action or has it reviewed, or when the key is
   * not that of an open challenge of this user
   */
  complete(challengeId: unknown, response: unknown, client?: SignInClient): Promise<Verification>;
  /** Finds the first of these passkeys that can be used here. */
  find(
    credentialIds: readonly string[],
  ): Promise<{ readonly credentialId: string; readonly verifiedAt: string } | undefined>;
  /** Returns who signed in, from the result token. Not valid for one of another action, nor for any other token. */
  validate(request: { readonly token: string; readonly action: string }): Promise<ValidateChallengeAnswer>;
}

export function createPasskeySignIn({
  context,
  relyingParty,
  transitions,
  attempts,
  track,
  validateChallenge,
}: {
  readonly context: EngineContext;
  readonly relyingParty: RelyingParty | undefined;
  readonly transitions: ActionTransitions;
  readonly attempts: Attempts;
  readonly track: Track;
  readonly validateChallenge: ValidateChallenge;
}): PasskeySignIn {
  const { store, clock, limits, tokens, audit, methods } = context;
  const verifier = createAnswerVerifier(context, attempts);

  function offered(): { readonly relyingParty: RelyingParty; readonly method: VerificationMethod } {
    const method = methods.get(passkeyMethod);
    if (relyingParty === undefined || method === undefined) {
      throw new EngineError("verification_method_unknown", "The engine does not offer passkeys.");
    }
    return { relyingParty, method };
  }

  function issued({ challengeId, challenge, expiresAt }: SignInChallenge): IssuedChallenge {
    const timeout = expiresAt - clock.now();
    return { challengeId, options: passkeyRequestOptions(offered().relyingParty, challenge, [], timeout) };
  }

  function refusal(reason: string, action: string, record?: AuthenticatorRecord): AuditEvent {
    return {
      type: "challenge.refused",
      at: clock.now(),
      action,
      verificationMethod: passkeyMethod,
      reason,
      ...(record === undefined ? {} : { userId: record.userId, userAuthenticatorId: record.userAuthenticatorId }),
    };
  }

  /** Anybody can send a wrong answer, so it is emitted but fills no trail; unless it was signed by the passkey. */
  async function refuse(reason: string, action: string, record?: AuthenticatorRecord): Promise<Verification> {
    const event = refusal(reason, action, record);
    if (signedMistakes.has(reason)) await audit.append(event);
    else audit.emit(event);
    return { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
  }

  /** A security key is for users who are known, and signs nobody in by itself. */
  async function findPasskey(credentialId: string): Promise<AuthenticatorRecord | undefined> {
    const record = await store.findCredential(credentialId);
    return record?.verificationMethod === passkeyMethod ? record : undefined;
  }

  return {
    begin(code, key) {
      offered();
      const action = parseActionCode(code);
      const idempotencyKey = key === undefined || key === null ? undefined : parseIdempotencyKey(key);
      const policy = context.policy();
      const known = policy.action(action);
      if (known === undefined && policy.unknownActions === "refuse") {
        throw new EngineError("action_unknown", "The policy does not name this action.");
      }
      if (known?.verificationMethods?.includes(passkeyMethod) === false) {
        throw new EngineError("verification_method_not_allowed", "The action does not accept passkeys.");
      }
      return issued(mintSignInChallenge(context, action, idempotencyKey, clock.now() + limits.codeLifetimeMs));
    },
    options(challengeId) {
      offered();
      return issued(readSignInChallenge(context, challengeId, clock.now()));
    },
    async complete(challengeId, response, client = {}) {
      const { method } = offered();
      const now = clock.now();
      const signIn = readSignInChallenge(context, challengeId, now);
      const { action, ceremony, challenge: expected, expiresAt } = signIn;
      const { nonce } = ceremony;
      const parsed = parseAuthenticationResponse(response);
      if (parsed === undefined)
        throw new EngineError("request_invalid", "The answer is missing, or is not a passkey response.");
      const record = await findPasskey(parsed.id);
      if (record === undefined) {
        audit.emit(refusal("credential_unknown", action));
        throw new EngineError("credential_unknown", "The passkey is not known here. Remove it from the device.");
      }
      // Used up before it is looked at, whatever comes of it. Kept for longer than the challenge can be read.
      const spent = await store.countAttempt(["sign-in", nonce], 1, 2 * limits.codeLifetimeMs, now);
      if (!spent.allowed) return refuse("answer_used", action, record);
      // Nobody has named the user, so the passkey must.
      if (!parsed.response.userHandle) return refuse("user_handle_wrong", action, record);
      const { userId, userAuthenticatorId } = record;
      const challenge = {
        challengeId: nonce,
        userId,
        actionId: nonce,
        userAuthenticatorId,
        verificationMethod: passkeyMethod,
        expected,
        createdAt: now,
        expiresAt,
      };
      const changes = await method.verify({ authenticator: record, response: parsed, challenge, now });
      if (typeof changes === "string") return refuse(changes, action, record);
      try {
        // Wrong answers are not counted here, or a stranger could lock a passkey. One that is locked stays so.
        await attempts.countAnswer(record);
        if (!(await verifier.use(method, record, { changes, challenge }, parsed))) {
          return await refuse("answer_used", action, record);
        }
        // The answer was right, whatever the policy makes of the action.
        await attempts.succeeded(record);
        const approval = createApproval(ceremony, assertionOf(parsed));
        return await completeSignIn({ context, transitions, track }, record, { ...signIn, approval }, client);
      } catch (error) {
        if (error instanceof EngineError) await audit.append(refusal(error.reason, action, record));
        throw error;
      }
    },
    async find(credentialIds) {
      offered();
      if (credentialIds.length > MAX_LOOKUPS) throw new EngineError("request_invalid", "Too many credentialIds.");
      for (const credentialId of credentialIds) {
        const record = await findPasskey(credentialId);
        if (record?.verifiedAt !== undefined) {
          return { credentialId, verifiedAt: new Date(record.verifiedAt).toISOString() };
        }
      }
      return undefined;
    },
    async validate(request) {
      const { token, action } = parseObject(request, "request");
      let userId: string;
      try {
        ({ userId } = tokens.read(token, ["result"]));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Anybody can send garbage, so it is emitted but fills no trail.
        audit.emit({ type: "result.refused", at: clock.now(), action: parseActionCode(action), reason: error.reason });
        return { isValid: false, error: error.reason === "token_expired" ? "expired_token" : "invalid_token" };
      }
      return validateChallenge({ token, userId, action });
    },
  };
}
