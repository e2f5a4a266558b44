import { randomBytes } from "node:crypto";
import { parseObject, parseTexts } from "../lib/arguments.ts";
import type { EngineContext } from "../context/engine-context.ts";
import type { ReviewerIdentity, ReviewerRecord, SessionRecord, SignedInReviewer } from "../store/records.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import { hashOf } from "./invitation-token.ts";
import type { ReviewerRegistry } from "./reviewer-registry.ts";

const MINUTE = 60_000;
const SESSION_MS = 4 * 60 * MINUTE;
/** A session that nobody has used for so long has ended. */
const IDLE_MS = 30 * MINUTE;
/** Use is noted no more often, so that a session ends 25 minutes after it was last used at the earliest. */
const NOTED_MS = 5 * MINUTE;
const SECRET_BYTES = 32;
/** No user has it: an id has at least one character. */
const NOBODY = "";

/** What a reviewer has proved, and from where. */
export interface ReviewerProof {
  readonly reviewerId: string;
  /** The passkey; absent where it was something else. */
  readonly credentialId?: string | undefined;
  /** The account at an identity provider; absent where it was something else. */
  readonly identity?: ReviewerIdentity | undefined;
  /** The hash of the password; absent where it was something else. */
  readonly passwordHash?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A session of the console that is live. All times are milliseconds since the epoch. */
export interface ReviewerSession extends Pick<
  SignedInReviewer,
  "reviewerId" | "credentialId" | "identity" | "address" | "userAgent"
> {
  readonly sessionId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

/** A session, and the reviewer as the store has them; absent for one who was never invited, and where a password was proved. */
interface FoundSession {
  readonly session: ReviewerSession;
  readonly reviewer: ReviewerRecord | undefined;
}

/**
 * Sessions of the console, in the store, for every process. It has a hash of each secret, and a proof that needs the secret and
 * the engine's: whoever reads a database is signed in nowhere, and whoever writes to it neither. They end after four hours,
 * after half an hour without use, and with the passkey or the password that they rest on. Whether an account at an identity
 * provider is still a reviewer's is for whoever asks, who knows the reviewers of the configuration.
 */
export interface ReviewerSessions {
  /** Starts one, and returns its secret. */
  start(proof: ReviewerProof): Promise<string>;
  /**
   * Finds the live session of a secret.
   * @param options `passwordHashOf`: the hash of a reviewer's password, as it is now; `isUse`: false for what a page does by itself
   */
  find(
    secret: string,
    options?: { readonly passwordHashOf?: (reviewerId: string) => string | undefined; readonly isUse?: boolean },
  ): Promise<FoundSession | undefined>;
  /** Lists the live sessions, of one reviewer or of all, oldest first. */
  list(reviewerId?: string): Promise<readonly ReviewerSession[]>;
  /** Emits that an identity provider's account, or its answer, was refused. @param reason as `oidc_subject_unknown` */
  refuse(reason: string, reviewerId?: string): void;
  /** Ends a session; false when it was none. */
  end(sessionId: string, by: Pick<AuditEvent, "actor" | "reason">): Promise<boolean>;
}

export function createReviewerSessions(
  { store, clock, audit, keyring }: Pick<EngineContext, "store" | "clock" | "audit" | "keyring">,
  registry: Pick<ReviewerRegistry, "find">,
): ReviewerSessions {
  const proofParts = (secret: string, reviewerId: string, proved: string): readonly string[] => [
    "reviewer-session",
    secret,
    reviewerId,
    proved,
  ];

  function isLive({ endedAt, expiresAt, refreshedAt, createdAt }: SessionRecord): boolean {
    const now = clock.now();
    return endedAt === undefined && now < expiresAt && now - (refreshedAt ?? createdAt) < IDLE_MS;
  }

  async function noteUse(
    { sessionId, generation, refreshedAt, createdAt }: SessionRecord,
    actor: string,
  ): Promise<void> {
    const at = clock.now();
    if (at - (refreshedAt ?? createdAt) < NOTED_MS) return;
    const event = { type: "session.refreshed", at, actor, sessionId } as const;
    if ((await store.refreshSession(sessionId, generation, event)) !== undefined) audit.emit(event);
  }

  return {
    async start(given) {
      const { reviewerId, credentialId, identity, passwordHash, address, userAgent } = parseObject(given, "proof");
      parseTexts({ reviewerId: reviewerId ?? null, credentialId, passwordHash, address, userAgent });
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const createdAt = clock.now();
      const proved = provedOf({ credentialId, identity, passwordHash });
      const reviewer: SignedInReviewer = {
        reviewerId,
        proof: keyring.hashCode(proofParts(secret, reviewerId, proved)),
        ...(credentialId === undefined ? {} : { credentialId }),
        ...(identity === undefined ? {} : { identity }),
        ...(address === undefined ? {} : { address }),
        ...(userAgent === undefined ? {} : { userAgent }),
      };
      const sessionId = hashOf(secret);
      const session: SessionRecord = {
        kind: "console",
        sessionId,
        userId: NOBODY,
        actionId: `console#${sessionId}`,
        clientId: "console",
        verificationMethod: methodOf({ credentialId, identity }),
        generation: 1,
        createdAt,
        expiresAt: createdAt + SESSION_MS,
        reviewer,
      };
      const { verificationMethod } = session;
      const event = { type: "reviewer.signed_in", at: createdAt, actor: reviewerId, verificationMethod } as const;
      await store.putSession(session, event);
      audit.emit(event);
      return secret;
    },
    async find(secret, options = {}) {
      const { passwordHashOf, isUse = true } = parseObject(options, "options");
      if (typeof secret !== "string") return undefined;
      const record = await store.findSession(hashOf(secret));
      const signedIn = record?.reviewer;
      if (record?.kind !== "console" || signedIn === undefined || !isLive(record)) return undefined;
      const { reviewerId, credentialId, identity, proof } = signedIn;
      const isByPassword = methodOf(signedIn) === "PASSWORD";
      const reviewer = isByPassword ? undefined : await registry.find({ reviewerId });
      const isStillTheirs =
        credentialId === undefined || reviewer?.passkeys.some((one) => one.credential.credentialId === credentialId);
      const passwordHash = isByPassword ? passwordHashOf?.(reviewerId) : undefined;
      if (!isStillTheirs || (isByPassword && passwordHash === undefined)) return undefined;
      const proved = provedOf({ credentialId, identity, passwordHash });
      if (!keyring.isHashOf(proof, proofParts(secret, reviewerId, proved))) return undefined;
      if (isUse) await noteUse(record, reviewerId);
      return { session: describe(record, signedIn), reviewer };
    },
    async list(reviewerId) {
      const sessions = await store.listSessions(NOBODY, clock.now());
      return sessions.flatMap((record) => {
        const { kind, reviewer } = record;
        if (kind !== "console" || reviewer === undefined || !isLive(record)) return [];
        return reviewerId === undefined || reviewer.reviewerId === reviewerId ? [describe(record, reviewer)] : [];
      });
    },
    refuse(reason, reviewerId) {
      const reviewer = reviewerId === undefined ? {} : { reviewer: reviewerId };
      audit.emit({ type: "reviewer.refused", at: clock.now(), reason, ...reviewer });
    },
    async end(sessionId, by) {
      const session = await store.findSession(sessionId);
      if (session?.kind !== "console" || session.reviewer === undefined) return false;
      const { reviewerId } = session.reviewer;
      const whose = by.actor === reviewerId ? {} : { reviewer: reviewerId };
      const event: AuditEvent = { type: "reviewer.signed_out", at: clock.now(), ...whose, ...by };
      const isEnded = await store.endSession(sessionId, event);
      if (isEnded) audit.emit(event);
      return isEnded;
    },
  };
}

type Proved = Pick<ReviewerProof, "credentialId" | "identity" | "passwordHash">;

function methodOf({ credentialId, identity }: Proved): "PASSKEY" | "OIDC" | "PASSWORD" {
  if (credentialId !== undefined) return "PASSKEY";
  return identity === undefined ? "PASSWORD" : "OIDC";
}

function provedOf({ credentialId, identity, passwordHash }: Proved): string {
  if (credentialId !== undefined) return `passkey ${credentialId}`;
  if (identity === undefined) return `password ${passwordHash}`;
  const { issuer, subject, groups } = identity;
  return `identity ${JSON.stringify([issuer, subject, ...groups])}`;
}

function describe(
  { sessionId, createdAt, refreshedAt = createdAt, expiresAt }: SessionRecord,
  { proof: _proof, ...reviewer }: SignedInReviewer,
): ReviewerSession {
  return { sessionId, ...reviewer, createdAt, lastUsedAt: refreshedAt, expiresAt };
}
