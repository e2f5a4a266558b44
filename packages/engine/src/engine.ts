import { declaring } from "@require-action/core/options";
import type { ActionProvider, Awaitable, CallOptions, TrackAnswer } from "@require-action/core/provider";
import { abortable } from "./lib/abortable.ts";
import { createActionTransitions } from "./actions/transitions.ts";
import { type Actions, createActions } from "./actions/actions.ts";
import { createAttempts } from "./context/attempt-limits.ts";
import type { AuditEvent } from "./store/audit-event.ts";
import { createAuditTrail } from "./context/audit-trail.ts";
import { type Authenticators, createAuthenticators } from "./users/authenticators.ts";
import { type Challenges, createChallenges } from "./challenges/challenges.ts";
import { createDenials, createDenyAction, type Denials } from "./challenges/denials.ts";
import { type EngineOptions, parseEngineOptions } from "./engine-options.ts";
import type { EngineContext } from "./context/engine-context.ts";
import { createMagicLinks, type MagicLinks } from "./challenges/magic-links.ts";
import { createKeyring } from "./keys/keyring.ts";
import { createVerificationMethods } from "./methods/create-verification-methods.ts";
import { ipKnowledge } from "./context/fact-sources.ts";
import type { Strength } from "./methods/verification-method.ts";
import { compilePolicy } from "./policy/compile-policy.ts";
import type { DataPoint, Policy } from "./policy/model/policy.ts";
import { createDeviceMemory, type RememberedDevices } from "./context/remembered-devices.ts";
import { createPolicyInForce } from "./context/policy-in-force.ts";
import { createPublishedPolicies, type PublishedPolicies } from "./context/published-policies.ts";
import { parseLimit, parseObject } from "./lib/arguments.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";
import { createPasskeySignIn, type PasskeySignIn } from "./sign-in/passkey-sign-in.ts";
import { createReviewerRegistry } from "./reviewers/reviewer-registry.ts";
import { createSignedVotes } from "./reviewers/signed-votes.ts";
import { createReviewers, type Reviewers } from "./reviewers/reviewers.ts";
import { createReviews, type Reviews } from "./actions/reviews.ts";
import { createFigures, type Figures } from "./figures/figures.ts";
import type { AuditFilter, Page } from "./store/filters.ts";
import { createTokens } from "./keys/tokens.ts";
import { createTrack } from "./decisions/track.ts";
import { type EngineTrackRequest, parseActionKey } from "./context/track-input.ts";
import { createUserSupport, type UserSupport } from "./users/user-support.ts";
import { createUsers, type Users } from "./users/users.ts";
import { createExecutionWriter } from "./receipts/execution-writer.ts";
import { withReceipts } from "./receipts/receipted-store.ts";
import { createReceipts, type Receipts, type ReceiptWriter } from "./receipts/receipts.ts";
import { createValidateChallenge, denialOf, receiptOf } from "./challenges/validate-challenge.ts";

/** A method that users can be challenged with. */
export interface OfferedMethod {
  readonly name: string;
  readonly strength: Strength;
}

/** The embedded decision point: a provider for guards, and everything around it for the application's backend. */
export interface Engine extends ActionProvider {
  /** Answers at once on a store that does, as the memory store; errors are rejections always. */
  track(request: EngineTrackRequest, options: CallOptions): Awaitable<TrackAnswer>;
  readonly actions: Actions;
  readonly reviews: Reviews;
  /** Who decides reviews in the console, and how they sign in. */
  readonly reviewers: Reviewers;
  readonly users: Users;
  readonly authenticators: Authenticators;
  /** What people do for users who ask for help, each with a reason. */
  readonly support: UserSupport;
  /** What the bearer of a token can do: the Client API is made of this. */
  readonly challenges: Challenges;
  /** What the reader of a magic link can do: its page is made of this. */
  readonly magicLinks: MagicLinks;
  /** What the reader of a code can do who did not ask for it: the page that `denyUrl` leads to is made of this. */
  readonly denials: Denials;
  /** What anybody with a passkey can do, before the application knows who they are. */
  readonly passkeySignIn: PasskeySignIn;
  readonly sessions: Sessions;
  readonly rememberedDevices: RememberedDevices;
  readonly audit: {
    /** Lists the audit trail, newest first. */
    query(filter?: Partial<AuditFilter>): Promise<Page<AuditEvent>>;
  };
  /** What was decided and what became of it, by hours and days. */
  readonly figures: Figures;
  /** What users can be challenged with, as far as the options allow. */
  readonly verificationMethods: readonly OfferedMethod[];
  /** Other domains that use the same passkeys, for `/.well-known/webauthn` of the domain that passkeys are made for. */
  readonly relatedOrigins: readonly string[];
  /** The data points that the policy in force declares, by name: how users are shown them. */
  dataPoints(): ReadonlyMap<string, DataPoint>;
  /** Names of the data points that users may see although no guard binds them: those that the policy in force marks `show`. */
  shownDataPoints(model: "action" | "user"): ReadonlySet<string>;
  /** Identifies the policy in force. */
  policyVersion(): string;
  /** Puts another policy in force for the decisions to come. @throws PolicyError, or the store's error; the old one stays */
  reloadPolicy(policy: Policy | string): Promise<void>;
  /** What was decided, approved and run, for others to verify. Absent without the option `receipts`. */
  readonly receipts: Receipts | undefined;
  /** The versions of the policy in the store, for engines of several processes to decide by the same. */
  readonly policies: PublishedPolicies;
}

/**
 * Creates the embedded engine.
 * @throws ConfigurationError that names the option, or the rule over a fact that nothing gives this engine
 * @throws PolicyError with every mistake in the policy
 */
export function createEngine(options: EngineOptions): Engine {
  return declaring("createEngine", () => assembleEngine(options));
}

/** Mail is read late, and a denial is worth knowing of after the challenge has ended, too. */
const DENIAL_LIFETIME_MS = 24 * 60 * 60_000;

function assembleEngine(options: EngineOptions): Engine {
  const {
    secrets,
    policy: source,
    issuer,
    baseUrl,
    store: given,
    delivery,
    relyingParty,
    reviewersRelyingParty,
    facts,
    clock,
    limits,
    onEvent,
    beforeApproval,
    onDeniedByUser,
    reviewerGroups,
    receipts: receiptTerms,
  } = parseEngineOptions(options);
  const keyring = createKeyring(secrets);
  const tokens = createTokens({
    keyring,
    clock,
    issuer,
    lifetimesMs: {
      challenge: limits.challengeTokenLifetimeMs,
      result: limits.resultTokenLifetimeMs,
      denial: DENIAL_LIFETIME_MS,
    },
  });
  const methods = createVerificationMethods({ keyring, tokens, issuer, baseUrl, delivery, relyingParty, limits });
  const receipts =
    receiptTerms &&
    createReceipts({
      store: given,
      issuer,
      clock,
      keys: receiptTerms.keys,
      onFailure: () => reportUnchained(),
      onExport: (event) => audit.append(event),
    });
  const store =
    receipts === undefined || receiptTerms === undefined
      ? given
      : withReceipts(given, { issuer, keys: receiptTerms.keys, onEntry: () => receipts.schedule() });
  const audit = createAuditTrail(store, onEvent);
  const reportUnchained = (): void => audit.emit({ type: "receipts.chain_failed", at: clock.now() });
  const policy = createPolicyInForce(source, {
    compile: compilePolicy,
    methods,
    ip: ipKnowledge(facts),
    hasGroups: reviewerGroups !== undefined,
    audit,
    clock,
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
    policy: policy.current,
    declared: policy.declared,
    sendNotice: delivery.sendNotice,
    beforeApproval,
    onDeniedByUser,
    reviewerGroups,
    receipts: receiptTerms && { ofAllow: receiptTerms.executions === "all" ? { recordsExecution: true } : {} },
  };
  const transitions = createActionTransitions(context);
  const denyAction = createDenyAction(context, transitions);
  const attempts = createAttempts(context);
  const devices = createDeviceMemory(context);
  const track = createTrack(context, devices);
  const validateChallenge = createValidateChallenge(context, transitions);
  const reviewersParty = reviewersRelyingParty ?? relyingParty;
  const registry = createReviewerRegistry(context);
  const signedVotes = reviewersParty && createSignedVotes(context, reviewersParty, registry);
  return {
    name: "engine",
    isBusy: () => store.isBusy?.() ?? false,
    declareAction: (action) => policy.declared.declare(action),
    remembersDevices: (action) => policy.current().action(action)?.remembersDevices ?? false,
    track: (request, call) => abortable(call, () => track(request, call)),
    validateChallenge: (request, call) => abortable(call, () => validateChallenge(request)),
    getAction: (key, call) =>
      abortable(call, async () => {
        const action = await transitions.find(parseActionKey(key));
        if (action === undefined) return undefined;
        const { state, verificationMethod } = action;
        const stateUpdatedAt = new Date(action.stateUpdatedAt).toISOString();
        return {
          state,
          stateUpdatedAt,
          ...(verificationMethod === undefined ? {} : { verificationMethod }),
          ...denialOf(action),
          ...receiptOf(context, action),
        };
      }),
    ...(receipts === undefined ? {} : { recordExecution: createExecutionWriter(store, clock) }),
    actions: createActions(context, transitions),
    reviews: createReviews(context, transitions, signedVotes),
    reviewers: createReviewers(context, reviewersParty, registry),
    users: createUsers(context, transitions, attempts),
    authenticators: createAuthenticators(context, attempts),
    support: createUserSupport(context, attempts),
    challenges: createChallenges(context, transitions, attempts, denyAction, devices),
    magicLinks: createMagicLinks(context, transitions, denyAction),
    denials: createDenials(context, transitions, denyAction),
    passkeySignIn: createPasskeySignIn({ context, relyingParty, transitions, attempts, track, validateChallenge }),
    sessions: createSessions(context, transitions),
    rememberedDevices: { list: devices.list, revoke: devices.revoke },
    audit: {
      query: async (filter = {}) =>
        store.listEvents({ ...parseObject(filter, "filter"), limit: parseLimit(filter.limit) }),
    },
    figures: createFigures(store, clock),
    verificationMethods: Array.from(methods.values(), ({ name, strength }) => ({ name, strength })),
    relatedOrigins: relyingParty?.relatedOrigins ?? [],
    dataPoints: () => policy.current().dataPoints,
    shownDataPoints: (model) => policy.current().shownDataPoints(model),
    policyVersion: () => policy.current().version,
    reloadPolicy: (next) => declaring("engine.reloadPolicy", () => policy.reload(next)),
    policies: createPublishedPolicies(store, policy, () => clock.now()),
    receipts: receipts && publicSideOf(receipts),
  };
}

function publicSideOf({ schedule: _own, ...receipts }: ReceiptWriter): Receipts {
  return receipts;
}
