import type { EngineContext } from "../context/engine-context.ts";
import { parsePasskeyName } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { enrolledId } from "../receipts/entries.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { ReviewerRecord, ReviewerRole } from "../store/records.ts";
import {
  passkeyCreationOptions,
  type PasskeyCreationOptions,
  type PasskeyCredential,
  passkeyRequestOptions,
  type PasskeyRequestOptions,
} from "../webauthn/passkey-options.ts";
import { parseAuthenticationResponse, parseRegistrationResponse } from "../webauthn/passkey-response.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";
import { verifyAuthentication } from "../webauthn/verify-authentication.ts";
import { verifyRegistration } from "../webauthn/verify-registration.ts";
import { hashOf, tokenHashOf } from "./invitation-token.ts";
import { CEREMONY_MS, createReviewerCeremonies } from "./reviewer-ceremonies.ts";
import type { ReviewerRegistry } from "./reviewer-registry.ts";

const MAX_PASSKEYS = 10;

/** What a browser is to sign, and what it brings back with it. It is good in this browser, once, for ten minutes. */
interface Ceremony<Options> {
  readonly challengeId: string;
  readonly options: Options;
}

/** A reviewer who has proved a passkey. */
export interface ProvedReviewer {
  readonly reviewerId: string;
  readonly credentialId: string;
}

/** An invitation that a browser has opened. */
interface OpenInvitation extends Ceremony<PasskeyCreationOptions> {
  readonly reviewerId: string;
  readonly role: ReviewerRole;
}

/**
 * Passkeys of reviewers. They are proved by the engine's own ceremonies, under challenges and in a name space of their own: a
 * passkey of a user signs no reviewer in, and that of a reviewer no user. `browser` is a secret of the browser that asks, which its
 * cookie holds: what is begun in one is completed in no other.
 */
export interface ReviewerPasskeys {
  /** Begins a sign-in. */
  begin(browser: string): Ceremony<PasskeyRequestOptions>;
  /** Signs in whose passkey answers; `undefined` for any other answer. */
  complete(browser: string, challengeId: string, response: unknown): Promise<ProvedReviewer | undefined>;
  /**
   * Opens an invitation, which is this browser's from then on.
   * @throws EngineError `token_invalid` for one that was used, has expired, or is another browser's
   */
  open(token: string, browser: string): Promise<OpenInvitation>;
  /** Uses an invitation up: the reviewer has the passkey. @throws EngineError as `open`, and `credential_unknown` */
  accept(
    token: string,
    browser: string,
    challengeId: string,
    response: unknown,
    name?: string,
  ): Promise<ProvedReviewer>;
  /** Begins to add a passkey, once the reviewer has proved an earlier one by this answer to `begin`; `undefined` for any other answer. */
  beginAdding(
    reviewerId: string,
    browser: string,
    challengeId: string,
    response: unknown,
  ): Promise<Ceremony<PasskeyCreationOptions> | undefined>;
  /**
   * Adds the passkey. @param name what its owner calls it, at most 64 characters
   * @throws EngineError `credential_unknown`, `request_invalid` for a name that is none
   */
  add(reviewerId: string, browser: string, challengeId: string, response: unknown, name?: string): Promise<void>;
}

export function createReviewerPasskeys(
  { store, clock, audit, keyring }: Pick<EngineContext, "store" | "clock" | "audit" | "keyring">,
  relyingParty: RelyingParty,
  registry: ReviewerRegistry,
): ReviewerPasskeys {
  const { mint, take, use } = createReviewerCeremonies({ store, clock, keyring }, registry);

  /** Anybody can send a wrong answer, so it is emitted and fills no trail; unless the passkey itself has signed it. */
  async function refuse(reason: string, reviewer: string | undefined, isSigned = false): Promise<undefined> {
    const event: AuditEvent = {
      type: "reviewer.refused",
      at: clock.now(),
      reason,
      ...(reviewer === undefined ? {} : { reviewer }),
    };
    if (isSigned) await audit.append(event);
    else audit.emit(event);
    return undefined;
  }

  /** The reviewer of an invitation that this browser may use. @throws EngineError `token_invalid` */
  async function invited(token: string, browser: string): Promise<ReviewerRecord> {
    const [userHandle = ""] = token.split(".");
    const reviewer = /^[\w-]{43}$/.test(userHandle) ? await registry.find({ userHandle }) : undefined;
    const invitation = reviewer?.invitation;
    if (reviewer === undefined || invitation?.tokenHash !== tokenHashOf(token)) throw notInvited();
    const { reviewerId } = reviewer;
    const isElsewhere = invitation.browserHash !== undefined && invitation.browserHash !== hashOf(browser);
    if (!isElsewhere && clock.now() < invitation.expiresAt) return reviewer;
    const reason = isElsewhere ? "opened_elsewhere" : "expired";
    // Whoever has the link is somebody to know of.
    await audit.append({ type: "reviewer.invitation_refused", at: clock.now(), reviewer: reviewerId, reason });
    throw notInvited();
  }

  function creation(
    { reviewerId, userHandle, passkeys }: ReviewerRecord,
    { challengeId, challenge }: Pick<ReturnType<typeof mint>, "challengeId" | "challenge">,
  ): Ceremony<PasskeyCreationOptions> {
    // Beside the passkey that the same person may have as a user.
    const user = { handle: userHandle, name: `${reviewerId} (reviewer)`, displayName: `${reviewerId} (reviewer)` };
    const existing = passkeys.map(({ credential }) => credential);
    return { challengeId, options: passkeyCreationOptions(relyingParty, challenge, user, existing, CEREMONY_MS) };
  }

  /** The passkey that a browser has made. @throws EngineError `credential_unknown` */
  async function made(
    { reviewerId, userHandle }: ReviewerRecord,
    challenge: string | undefined,
    response: unknown,
  ): Promise<PasskeyCredential> {
    const registration = parseRegistrationResponse(response);
    if (registration === undefined) throw notMade();
    const credential =
      challenge === undefined
        ? "answer_used"
        : await verifyRegistration(relyingParty, challenge, userHandle, registration);
    if (typeof credential !== "string" && (await isNew(credential))) return credential;
    await refuse(typeof credential === "string" ? credential : "credential_known", reviewerId);
    throw notMade();
  }

  /** False for an id that receipts have had: devices choose it, and an entry about it that ends stays ended. */
  async function isNew({ credentialId }: PasskeyCredential): Promise<boolean> {
    return (await store.findReceipts([enrolledId(credentialId)])).length === 0;
  }

  /** The passkeys with another one; `undefined` where it is there already, or there are too many. */
  function withPasskey(
    { passkeys }: ReviewerRecord,
    credential: PasskeyCredential,
    name: string | undefined,
  ): ReviewerRecord["passkeys"] | undefined {
    const isKnown = passkeys.some((one) => one.credential.credentialId === credential.credentialId);
    if (isKnown || passkeys.length >= MAX_PASSKEYS) return undefined;
    return [...passkeys, { credential, ...(name === undefined ? {} : { name }), createdAt: clock.now() }];
  }

  const complete: ReviewerPasskeys["complete"] = async (browser, challengeId, response) => {
    const parsed = parseAuthenticationResponse(response);
    const userHandle = parsed?.response.userHandle;
    if (parsed === undefined || !userHandle) return refuse("answer_malformed", undefined);
    const reviewer = await registry.find({ userHandle });
    const kept = reviewer?.passkeys.find(({ credential }) => credential.credentialId === parsed.id);
    if (reviewer === undefined || kept === undefined) return refuse("credential_unknown", reviewer?.reviewerId);
    const { reviewerId } = reviewer;
    const challenge = (await take(challengeId, "sign-in", hashOf(browser)))?.challenge;
    if (challenge === undefined) return refuse("answer_used", reviewerId);
    const used = await verifyAuthentication(relyingParty, challenge, kept.credential, parsed);
    if (typeof used === "string") return refuse(used, reviewerId, used === "counter_regressed");
    if (!(await use(reviewerId, used))) return refuse("counter_regressed", reviewerId, true);
    return { reviewerId, credentialId: used.credentialId };
  };

  return {
    begin(browser) {
      const { challengeId, challenge } = mint("sign-in", hashOf(browser));
      return { challengeId, options: passkeyRequestOptions(relyingParty, challenge, [], CEREMONY_MS) };
    },
    complete,
    async open(token, browser) {
      const { reviewerId } = await invited(token, browser);
      const tokenHash = tokenHashOf(token);
      const browserHash = hashOf(browser);
      const event = { type: "reviewer.invitation_opened", reviewer: reviewerId } as const;
      const opened = await registry.change(reviewerId, event, (current) => {
        const invitation = current?.invitation;
        if (current === undefined || invitation?.tokenHash !== tokenHash) return undefined;
        if (invitation.browserHash !== undefined) return undefined;
        return { ...current, invitation: { ...invitation, browserHash } };
      });
      // Another browser may have been faster, which is found out by looking again.
      const record = opened ?? (await invited(token, browser));
      return { reviewerId, role: record.role, ...creation(record, mint("invitation", tokenHash, browserHash)) };
    },
    async accept(token, browser, challengeId, response, name) {
      const given = parseName(name);
      const reviewer = await invited(token, browser);
      const { reviewerId, invitation } = reviewer;
      const [tokenHash, browserHash] = [tokenHashOf(token), hashOf(browser)];
      if (invitation?.browserHash === undefined) throw notMade();
      const challenge = (await take(challengeId, "invitation", tokenHash, browserHash))?.challenge;
      const credential = await made(reviewer, challenge, response);
      const event = { type: "reviewer.passkey_added", actor: reviewerId } as const;
      const changed = await registry.change(reviewerId, event, (current) => {
        const open = current?.invitation;
        if (current === undefined || open?.tokenHash !== tokenHash || open.browserHash !== browserHash)
          return undefined;
        const { invitation: _used, ...rest } = current;
        const passkeys = withPasskey(current, credential, given);
        return passkeys && { ...rest, passkeys };
      });
      if (changed === undefined) throw notInvited();
      return { reviewerId, credentialId: credential.credentialId };
    },
    async beginAdding(reviewerId, browser, challengeId, response) {
      const proved = await complete(browser, challengeId, response);
      const reviewer = proved?.reviewerId === reviewerId ? await registry.find({ reviewerId }) : undefined;
      return reviewer && creation(reviewer, mint("addition", reviewerId, hashOf(browser)));
    },
    async add(reviewerId, browser, challengeId, response, name) {
      const given = parseName(name);
      const reviewer = await registry.find({ reviewerId });
      if (reviewer === undefined) throw notMade();
      const challenge = (await take(challengeId, "addition", reviewerId, hashOf(browser)))?.challenge;
      const credential = await made(reviewer, challenge, response);
      const event = { type: "reviewer.passkey_added", actor: reviewerId } as const;
      const changed = await registry.change(reviewerId, event, (current) => {
        const passkeys = current && withPasskey(current, credential, given);
        return passkeys && { ...current, passkeys };
      });
      if (changed === undefined) throw notMade();
    },
  };
}

/** @throws EngineError `request_invalid` */
function parseName(name: string | undefined): string | undefined {
  return name === undefined || name === "" ? undefined : parsePasskeyName(name);
}

function notInvited(): EngineError {
  return new EngineError(
    "token_invalid",
    "The link was used, has ended, or was opened in another browser. Ask for a new one.",
  );
}

function notMade(): EngineError {
  return new EngineError("credential_unknown", "The passkey was not made. Begin again.");
}
