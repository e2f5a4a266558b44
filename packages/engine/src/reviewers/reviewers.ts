import { isId } from "@require-action/core/provider";
import type { EngineContext } from "../context/engine-context.ts";
import { type ChangedBy, parseBy, parseObject, parsePasskeyName } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { ReviewerRecord, ReviewerRole } from "../store/records.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";
import { hashOf, invitationToken, mintInvitation } from "./invitation-token.ts";
import { createPasswordLimits, type PasswordLimits } from "./password-limits.ts";
import { createReviewerPasskeys, type ReviewerPasskeys } from "./reviewer-passkeys.ts";
import type { ReviewerRegistry } from "./reviewer-registry.ts";
import { createReviewerSessions, type ReviewerSessions } from "./reviewer-sessions.ts";

/** What reviewers may do, the least first: each may do what those before may. */
export const reviewerRoles: readonly ReviewerRole[] = Object.freeze(["look", "decide", "administer"]);

const MAX_USERS = 20;

/** A reviewer who was invited. */
export interface Reviewer extends Pick<ReviewerRecord, "reviewerId" | "role" | "userIds" | "createdAt"> {
  readonly passkeys: readonly {
    readonly credentialId: string;
    /** What its owner calls it. */
    readonly name?: string;
    readonly createdAt: number;
    readonly lastUsedAt?: number;
  }[];
  /** Until when a link is good that was not used yet. */
  readonly invitedUntil?: number;
}

/** What of a reviewer somebody may set. */
export interface ReviewerChanges {
  readonly role?: ReviewerRole;
  /** The reviewer's own accounts among the application's users, whose actions somebody else decides. Empty for none. */
  readonly userIds?: readonly string[];
}

/**
 * Reviewers who sign in with passkeys, beside the application's users and with no name in common: neither ids, passkeys nor
 * sessions of the one mean anything to the other. Who of them is which user, so that nobody decides an action of their own, is said
 * of each by `userIds`.
 */
export interface Reviewers {
  /**
   * Makes a link's token, by which a browser adds a passkey once, within 24 hours; an earlier one is void. A reviewer who is not there
   * yet is added with it, and needs both changes.
   * @throws EngineError `request_invalid`, `self_review` where a reviewer changes their own role or users
   */
  invite(
    reviewerId: string,
    changes: ReviewerChanges,
    by: ChangedBy,
  ): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** @throws EngineError `not_found`, and as `invite` */
  update(reviewerId: string, changes: ReviewerChanges, by: ChangedBy): Promise<Reviewer>;
  /** Takes a reviewer away, with passkeys and sessions. @throws EngineError `not_found`, `self_review` */
  remove(reviewerId: string, by: ChangedBy): Promise<void>;
  /**
   * Takes a passkey away, with the sessions that rest on it. Nobody takes their own last one away, unless they can sign in otherwise.
   * @throws EngineError `not_found`, `factor_change_forbidden` for the last one
   */
  removePasskey(
    reviewerId: string,
    credentialId: string,
    by: ChangedBy,
    options?: { readonly hasOtherWay?: boolean },
  ): Promise<void>;
  /**
   * Gives a passkey a name of its owner's, who has proved one of them: a name that lies could have its owner remove another one.
   * @param name 1 to 64 characters
   * @throws EngineError `not_found`, `request_invalid` for a name that is none
   */
  renamePasskey(reviewerId: string, credentialId: string, name: string): Promise<void>;
  /** Finds a reviewer; `undefined` for one who was never invited, or was removed. */
  find(reviewerId: string): Promise<Reviewer | undefined>;
  /** Lists the reviewers, oldest first. */
  list(): Promise<readonly Reviewer[]>;
  /** Absent where the engine has no relying party. */
  readonly passkeys: ReviewerPasskeys | undefined;
  readonly sessions: ReviewerSessions;
  readonly passwords: PasswordLimits;
}

export function createReviewers(
  context: Pick<EngineContext, "store" | "clock" | "audit" | "keyring">,
  relyingParty: RelyingParty | undefined,
  registry: ReviewerRegistry,
): Reviewers {
  const sessions = createReviewerSessions(context, registry);

  async function endSessions(reviewerId: string, by: ChangedBy, credentialId?: string): Promise<void> {
    for (const session of await sessions.list(reviewerId)) {
      const isMeant = credentialId === undefined || session.credentialId === credentialId;
      if (isMeant && session.credentialId !== undefined) await sessions.end(session.sessionId, by);
    }
  }

  return {
    async invite(reviewerId, changes, by) {
      const { actor, reason } = parseBy(by);
      const id = parseReviewerId(reviewerId);
      const { role, userIds } = parseChanges(changes);
      if (actor === id && (role !== undefined || userIds !== undefined)) throw ownAuthority();
      const { secret, expiresAt } = mintInvitation(context.clock.now());
      const event = { type: "reviewer.invited", actor, reviewer: id, reason } as const;
      const invited = await registry.change(id, event, (current) => {
        const next = { role: role ?? current?.role, userIds: userIds ?? current?.userIds };
        if (next.role === undefined || next.userIds === undefined) {
          throw new EngineError("request_invalid", "A new reviewer needs a role, and userIds: an empty list for none.");
        }
        const invitation = { tokenHash: hashOf(secret), expiresAt };
        return { role: next.role, userIds: next.userIds, passkeys: current?.passkeys ?? [], invitation };
      });
      // What `next` makes of a reviewer is never nothing.
      return { token: invitationToken(invited as ReviewerRecord, secret), expiresAt };
    },
    async update(reviewerId, changes, by) {
      const { actor, reason } = parseBy(by);
      const { role, userIds } = parseChanges(changes);
      parseReviewerId(reviewerId);
      if (actor === reviewerId) throw ownAuthority();
      const event = { type: "reviewer.changed", actor, reviewer: reviewerId, reason } as const;
      const changed = await registry.change(reviewerId, event, (current) =>
        current === undefined
          ? undefined
          : { ...current, role: role ?? current.role, userIds: userIds ?? current.userIds },
      );
      if (changed === undefined) throw notFound();
      return describe(changed, context.clock.now());
    },
    async remove(reviewerId, by) {
      const { actor, reason } = parseBy(by);
      parseReviewerId(reviewerId);
      if (actor === reviewerId) throw ownAuthority();
      const event = { type: "reviewer.removed", actor, reviewer: reviewerId, reason } as const;
      if (!(await registry.remove(reviewerId, event))) throw notFound();
      await endSessions(reviewerId, by);
    },
    async removePasskey(reviewerId, credentialId, by, options = {}) {
      const { actor, reason } = parseBy(by);
      parseReviewerId(reviewerId);
      const mayBeLast = actor !== reviewerId || parseObject(options, "options").hasOtherWay === true;
      const event = { type: "reviewer.passkey_removed", actor, reviewer: reviewerId, reason } as const;
      const changed = await registry.change(reviewerId, event, (current) => {
        const left = current?.passkeys.filter(({ credential }) => credential.credentialId !== credentialId) ?? [];
        if (current === undefined || left.length === current.passkeys.length) return undefined;
        if (left.length === 0 && !mayBeLast) throw lastPasskey();
        return { ...current, passkeys: left };
      });
      if (changed === undefined) throw notFound();
      await endSessions(reviewerId, by, credentialId);
    },
    async renamePasskey(reviewerId, credentialId, name) {
      const chosen = parsePasskeyName(name);
      const event = { type: "reviewer.passkey_renamed", actor: parseReviewerId(reviewerId) } as const;
      const changed = await registry.change(reviewerId, event, (current) => {
        if (!current?.passkeys.some(({ credential }) => credential.credentialId === credentialId)) return undefined;
        const passkeys = current.passkeys.map((one) =>
          one.credential.credentialId === credentialId ? { ...one, name: chosen } : one,
        );
        return { ...current, passkeys };
      });
      if (changed === undefined) throw notFound();
    },
    async find(reviewerId) {
      const found = await registry.find({ reviewerId: parseReviewerId(reviewerId) });
      return found && describe(found, context.clock.now());
    },
    async list() {
      const now = context.clock.now();
      return (await registry.list()).map((record) => describe(record, now));
    },
    passkeys: relyingParty && createReviewerPasskeys(context, relyingParty, registry),
    sessions,
    passwords: createPasswordLimits(context),
  };
}

function describe(
  { reviewerId, role, userIds, createdAt, passkeys, invitation }: ReviewerRecord,
  now: number,
): Reviewer {
  return {
    reviewerId,
    role,
    userIds,
    createdAt,
    passkeys: passkeys.map(({ credential: { credentialId }, name, createdAt: madeAt, lastUsedAt }) => ({
      credentialId,
      ...(name === undefined ? {} : { name }),
      createdAt: madeAt,
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    })),
    ...(invitation !== undefined && invitation.expiresAt > now ? { invitedUntil: invitation.expiresAt } : {}),
  };
}

function parseReviewerId(reviewerId: unknown): string {
  if (isId(reviewerId)) return reviewerId;
  throw new EngineError("request_invalid", "A reviewer's id must have 1 to 256 bytes, and no control characters.");
}

function parseChanges(changes: ReviewerChanges): ReviewerChanges {
  const { role, userIds } = parseObject(changes, "changes");
  if (role !== undefined && !reviewerRoles.includes(role)) {
    throw new EngineError("request_invalid", `role must be one of ${reviewerRoles.join(", ")}.`);
  }
  const isList =
    userIds === undefined || (Array.isArray(userIds) && userIds.length <= MAX_USERS && userIds.every(isId));
  if (!isList) throw new EngineError("request_invalid", `userIds must be a list of at most ${MAX_USERS} ids.`);
  return {
    ...(role === undefined ? {} : { role }),
    ...(userIds === undefined ? {} : { userIds: [...new Set(userIds)] }),
  };
}

function ownAuthority(): EngineError {
  return new EngineError("self_review", "Nobody changes what they may do themselves.");
}

function lastPasskey(): EngineError {
  return new EngineError(
    "factor_change_forbidden",
    "It is your last passkey, and you could not sign in: add another one first.",
  );
}

function notFound(): EngineError {
  return new EngineError("not_found", "There is no such reviewer or passkey.");
}
