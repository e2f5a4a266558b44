import type { ActionProvider, CallOptions, TrackAnswer } from "@require-action/core";
import { abortable } from "./abortable.ts";
import { createActionMoves } from "./action-moves.ts";
import { type Actions, createActions } from "./actions.ts";
import { createAttempts } from "./attempts.ts";
import type { AuditEvent } from "./audit-event.ts";
import { createAuditTrail } from "./audit-trail.ts";
import { type Authenticators, createAuthenticators } from "./authenticators.ts";
import { type Challenges, createChallenges } from "./challenges.ts";
import { type EngineOptions, parseEngineOptions } from "./engine-options.ts";
import type { EngineContext } from "./engine-context.ts";
import { createKeyring } from "./keyring.ts";
import { createVerificationMethods } from "./methods/create-verification-methods.ts";
import { loadPolicy } from "./load-policy.ts";
import type { Strength } from "./methods/verification-method.ts";
import type { CompiledPolicy, Policy } from "./policy/index.ts";
import { parseLimit } from "./page-limit.ts";
import { createPasskeySignIn, type PasskeySignIn } from "./passkey-sign-in.ts";
import { createReviews, type Reviews } from "./reviews.ts";
import type { AuditFilter, Page } from "./store/store.ts";
import { createTokens } from "./tokens.ts";
import { createTrack } from "./track.ts";
import { type EngineTrackRequest, parseActionKey } from "./track-input.ts";
import { createUsers, type Users } from "./users.ts";
import { createValidateChallenge } from "./validate-challenge.ts";

/** A method that users can be challenged with. */
export interface OfferedMethod {
  readonly name: string;
  readonly strength: Strength;
}

/** The embedded decision point: a provider for guards, and everything around it for the application's backend. */
export interface Engine extends ActionProvider {
  track(request: EngineTrackRequest, options: CallOptions): Promise<TrackAnswer>;
  readonly actions: Actions;
  readonly reviews: Reviews;
  readonly users: Users;
  readonly authenticators: Authenticators;
  /** What the bearer of a token can do: the Client API is made of this. */
  readonly challenges: Challenges;
  /** What anybody with a passkey can do, before the application knows who they are. */
  readonly passkeySignIn: PasskeySignIn;
  readonly audit: {
    /** Lists the audit trail, newest first. */
    query(filter?: Partial<AuditFilter>): Promise<Page<AuditEvent>>;
  };
  /** What users can be challenged with, as far as the options allow. */
  readonly verificationMethods: readonly OfferedMethod[];
  /** Identifies the policy in force. */
  policyVersion(): string;
  /** Puts another policy in force for the decisions to come. @throws PolicyError, or the store's error; the old one stays */
  reloadPolicy(policy: Policy | string): Promise<void>;
}

/**
 * Creates the embedded engine.
 * @throws ConfigurationError that names the option
 * @throws PolicyError with every mistake in the policy
 */
export function createEngine(options: EngineOptions): Engine {
  const {
    secrets,
    policy: source,
    issuer,
    baseUrl,
    store,
    delivery,
    relyingParty,
    facts,
    clock,
    limits,
    onEvent,
  } = parseEngineOptions(options);
  const keyring = createKeyring(secrets);
  const methods = createVerificationMethods({ keyring, issuer, delivery, relyingParty, limits });
  let policy = loadPolicy(source, methods);
  const audit = createAuditTrail(store, onEvent);
  const tokens = createTokens({
    keyring,
    clock,
    issuer,
    lifetimesMs: { challenge: limits.challengeTokenLifetimeMs, result: limits.resultTokenLifetimeMs },
  });
  const context: EngineContext = {
    store,
    clock,
    limits,
    keyring,
    tokens,
    audit,
    methods,
    facts,
    issuer,
    baseUrl,
    policy: () => policy,
  };
  const moves = createActionMoves(context);
  const attempts = createAttempts(context);
  const track = createTrack(context);
  const validateChallenge = createValidateChallenge(context, moves);
  /** One after the other, so that the policy that came last stays, and the trail ends with it. */
  let reloads: Promise<unknown> = Promise.resolve();

  async function reload(next: Policy | string): Promise<void> {
    let loaded: CompiledPolicy;
    try {
      loaded = loadPolicy(next, methods);
    } catch (error) {
      const refused: AuditEvent = { type: "policy.refused", at: clock.now(), policyVersion: policy.version };
      // When the trail is out of reach too, the mistakes are what the caller should learn.
      await audit.append(refused).catch(() => undefined);
      throw error;
    }
    // Recorded first: a policy that nobody can find in the trail is not in force.
    await audit.append({ type: "policy.loaded", at: clock.now(), policyVersion: loaded.version });
    policy = loaded;
  }

  return {
    name: "engine",
    track: (request, call) => abortable(call, () => track(request, call)),
    validateChallenge: (request, call) => abortable(call, () => validateChallenge(request)),
    getAction: (key, call) =>
      abortable(call, async () => {
        const action = await moves.find(parseActionKey(key));
        if (action === undefined) return undefined;
        const { state, verificationMethod } = action;
        return verificationMethod === undefined ? { state } : { state, verificationMethod };
      }),
    actions: createActions(context, moves),
    reviews: createReviews(context, moves),
    users: createUsers(context, moves),
    authenticators: createAuthenticators(context, attempts),
    challenges: createChallenges(context, moves, attempts),
    passkeySignIn: createPasskeySignIn({ context, relyingParty, moves, attempts, track, validateChallenge }),
    audit: { query: async (filter = {}) => store.listEvents({ ...filter, limit: parseLimit(filter.limit) }) },
    verificationMethods: Array.from(methods.values(), ({ name, strength }) => ({ name, strength })),
    policyVersion: () => policy.version,
    async reloadPolicy(next) {
      const before = reloads;
      const reloading = (async () => {
        await before;
        await reload(next);
      })();
      reloads = reloading.catch(() => undefined);
      await reloading;
    },
  };
}
