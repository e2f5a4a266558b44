import { createExpiringMap } from "../../lib/expiring-map.ts";
import type { SessionRecord } from "../records.ts";

/** The memory store's sessions. */
interface MemorySessions {
  /** False when there is or was one of the same action. */
  add(session: SessionRecord): boolean;
  find(sessionId: string): SessionRecord | undefined;
  refresh(sessionId: string, generation: number, now: number): SessionRecord | undefined;
  list(userId: string, now: number): readonly SessionRecord[];
  end(sessionId: string, now: number): boolean;
  endAll(userId: string, now: number): void;
}

/** Creates room for so many sessions. One that has ended stays until it would have expired, so that its approval begins no other. */
export function createMemorySessions(limit: number): MemorySessions {
  const sessions = createExpiringMap<SessionRecord>("sessions", limit);
  /** Ids by the action that began them. */
  const ids = createExpiringMap<string>("sessions", limit);

  // Whether one has expired is for the caller to say, by the clock of its own question.
  const find = (sessionId: string): SessionRecord | undefined => sessions.get(sessionId, Number.NEGATIVE_INFINITY);
  const isLive = (session: SessionRecord | undefined, now: number): session is SessionRecord =>
    session !== undefined && session.endedAt === undefined && session.expiresAt > now;
  const keep = (session: SessionRecord, now: number): void =>
    sessions.set(session.sessionId, Object.freeze(session), session.expiresAt, now);

  return {
    add(session) {
      const { actionId, sessionId, createdAt, expiresAt } = session;
      if (ids.get(actionId, createdAt) !== undefined) return false;
      keep(session, createdAt);
      ids.set(actionId, sessionId, expiresAt, createdAt);
      return true;
    },
    find,
    refresh(sessionId, generation, now) {
      const session = find(sessionId);
      if (!isLive(session, now) || session.generation !== generation) return undefined;
      const next = { ...session, generation: generation + 1, refreshedAt: now };
      keep(next, now);
      return next;
    },
    list: (userId, now) =>
      sessions
        .values()
        .filter((session) => session.userId === userId && isLive(session, now))
        .toSorted((one, other) => one.createdAt - other.createdAt),
    end(sessionId, now) {
      const session = find(sessionId);
      if (session === undefined || session.endedAt !== undefined) return false;
      keep({ ...session, endedAt: now }, now);
      return true;
    },
    endAll(userId, now) {
      for (const session of sessions.values()) {
        if (session.userId === userId && session.endedAt === undefined) keep({ ...session, endedAt: now }, now);
      }
    },
  };
}
