import { randomUUID } from "node:crypto";
import type { JWK } from "jose";
import { isId } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import { parseActionKey, parseUserId } from "../context/track-input.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { createOwnTokens, invalidToken, type OwnTokens } from "../keys/own-tokens.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { ActionKey, SessionRecord } from "../store/records.ts";
import { withProvenAddresses } from "../users/authenticators.ts";
import { type AccessTokens, createAccessTokens } from "./access-tokens.ts";

/** What a client of the application holds while a user is signed in there. */
export interface SessionTokens {
  /** For the application's own services: ES256, verified with {@link Sessions.publicKeys}. */
  readonly accessToken: string;
  /** Good for one {@link Sessions.refresh}. */
  readonly refreshToken: string;
}

/** A session that is live. */
export interface LiveSession {
  readonly userId: string;
  /** When the access token ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly verificationMethod: string;
}

/** Sessions that begin with the approval of an action, as a sign-in. */
export interface Sessions {
  /**
   * Begins a session by an approved action, once for each approval. The caller has proved that the user is there, with
   * `validateChallenge` and the result token.
   * @throws EngineError `request_invalid`; `token_invalid` for an action that is not approved, or began a session before
   */
  create(request: ActionKey & { readonly clientId: string }): Promise<SessionTokens>;
  /**
   * Returns the session of an access token that is its latest, for one of the clients where they are named.
   * @throws EngineError `request_invalid`, `token_invalid`, `token_expired`
   */
  validate(request: { readonly accessToken: string; readonly clientIds?: readonly string[] }): Promise<LiveSession>;
  /**
   * Returns new tokens for a refresh token; those of before are void. One that was used before ends the session, with all that
   * came of it: one of its two holders has stolen it.
   * @throws EngineError `token_invalid`, `token_expired`
   */
  refresh(request: { readonly refreshToken: string }): Promise<SessionTokens>;
  /** Ends the session of an access token, which may be an older one or have expired. @throws EngineError `token_invalid` */
  revoke(request: { readonly accessToken: string }): Promise<void>;
  /** Ends all sessions of a user. @throws EngineError `request_invalid` */
  revokeUser(request: { readonly userId: string }): Promise<void>;
  /** The public keys of access tokens: those of all the engine's secrets. */
  publicKeys(): Promise<readonly JWK[]>;
}

export function createSessions(
  context: Pick<EngineContext, "audit" | "clock" | "issuer" | "keyring" | "limits" | "store">,
  transitions: Pick<ActionTransitions, "find">,
): Sessions {
  const { audit, clock, issuer, keyring, limits, store } = context;
  const accessTokens: AccessTokens = createAccessTokens(context);
  const refreshTokens: OwnTokens = createOwnTokens({
    typ: "require-action.refresh+jwt",
    issuer,
    audience: `${issuer}#refresh`,
    lifetimeSeconds: Math.floor(limits.sessionLifetimeMs / 1000),
    clock,
    keys: keyring.tokenKeys("refresh"),
  });

  function eventOf(
    type: Extract<AuditEvent["type"], `session.${string}`>,
    { sessionId, userId, actionId }: Pick<SessionRecord, "sessionId" | "userId" | "actionId">,
    details: Pick<AuditEvent, "actor" | "reason"> = {},
  ): AuditEvent {
    return { type, at: clock.now(), userId, actionId, sessionId, ...details };
  }

  async function tokensOf(session: SessionRecord): Promise<SessionTokens> {
    const { sessionId, userId, generation } = session;
    const found = await store.findUser(userId);
    const user = found && (await withProvenAddresses(store, found));
    const accessToken = await accessTokens.mint(session, user?.emailVerified === true ? user.email : undefined);
    const { token: refreshToken } = refreshTokens.mint({ sub: userId, sid: sessionId, gen: generation });
    return { accessToken, refreshToken };
  }

  async function end(session: SessionRecord, details: Pick<AuditEvent, "actor" | "reason">): Promise<void> {
    const event = eventOf("session.ended", session, details);
    if (await store.endSession(session.sessionId, event)) audit.emit(event);
  }

  async function refused(session: SessionRecord, reason: string): Promise<EngineError> {
    await audit.append(eventOf("session.refused", session, { reason }));
    return invalidToken();
  }

  return {
    async create(request) {
      const { clientId, ...key } = parseObject(request, "request");
      if (!isId(clientId)) throw new EngineError("request_invalid", "clientId is not an id.", { field: "clientId" });
      const action = await transitions.find(parseActionKey(key));
      if (action?.state !== "CHALLENGE_SUCCEEDED") throw invalidToken();
      const { userId, actionId, verificationMethod = "" } = action;
      const createdAt = clock.now();
      const session: SessionRecord = {
        sessionId: randomUUID(),
        userId,
        actionId,
        clientId,
        verificationMethod,
        generation: 1,
        createdAt,
        expiresAt: createdAt + limits.sessionLifetimeMs,
      };
      const event = eventOf("session.created", session);
      if (!(await store.putSession(session, event))) throw await refused(session, "approval_used");
      audit.emit(event);
      // A deletion that withdraws the approval and ends sessions may have come in between, and seen no session.
      if ((await transitions.find(key))?.state !== "CHALLENGE_SUCCEEDED") {
        await end(session, { reason: "approval_withdrawn" });
        throw invalidToken();
      }
      return tokensOf(session);
    },
    async validate(request) {
      const { accessToken, clientIds } = parseObject(request, "request");
      // A text has parts, and any client's id may be one.
      if (clientIds !== undefined && !Array.isArray(clientIds)) {
        throw new EngineError("request_invalid", "clientIds must be a list of ids.", { field: "clientIds" });
      }
      const { sessionId, userId, clientId, generation, expiresAt, isExpired } = await accessTokens.read(accessToken);
      if (clientIds !== undefined && !clientIds.includes(clientId)) throw invalidToken();
      if (isExpired) throw new EngineError("token_expired", "The token has expired.");
      const session = await store.findSession(sessionId);
      const isCurrent =
        session?.userId === userId && session.clientId === clientId && session.generation === generation;
      if (!isCurrent || !isLive(session, clock.now())) throw invalidToken();
      return { userId, expiresAt: expiresAt * 1000, verificationMethod: session.verificationMethod };
    },
    async refresh(request) {
      const { refreshToken } = parseObject(request, "request");
      if (typeof refreshToken !== "string") throw invalidToken();
      const { sub: userId, sid: sessionId, gen: generation } = refreshTokens.read(refreshToken);
      if (typeof userId !== "string" || typeof sessionId !== "string" || typeof generation !== "number") {
        throw invalidToken();
      }
      const session = await store.findSession(sessionId);
      if (session?.userId !== userId) throw invalidToken();
      const event = eventOf("session.refreshed", session);
      const next = await store.refreshSession(sessionId, generation, event);
      if (next !== undefined) {
        audit.emit(event);
        return tokensOf(next);
      }
      const found = await store.findSession(sessionId);
      if (found === undefined || !isLive(found, clock.now())) throw await refused(session, "session_ended");
      if (found.generation > generation) {
        await end(found, { reason: "refresh_token_reused" });
        throw await refused(found, "refresh_token_reused");
      }
      throw await refused(found, "generation_unknown");
    },
    async revoke(request) {
      const { sessionId, userId } = await accessTokens.read(parseObject(request, "request").accessToken);
      const session = await store.findSession(sessionId);
      if (session?.userId === userId) await end(session, { actor: "backend", reason: "revoked" });
    },
    async revokeUser(request) {
      const { userId } = parseObject(request, "request");
      const event: AuditEvent = {
        type: "session.ended",
        at: clock.now(),
        userId: parseUserId(userId),
        actor: "backend",
        reason: "all_revoked",
      };
      await store.endSessions(userId, event);
      audit.emit(event);
    },
    publicKeys: () => accessTokens.publicKeys(),
  };
}

function isLive({ endedAt, expiresAt }: SessionRecord, now: number): boolean {
  return endedAt === undefined && expiresAt > now;
}
