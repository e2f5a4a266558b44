import { randomBytes } from "node:crypto";

const COOKIE = "session";

/** Someone who is signed in. */
export interface Session {
  readonly id: string;
  readonly userId: string;
}

/** Who is signed in, by cookie. A real bank asks for more than a name here. */
export interface Sessions {
  /** Signs a user in and answers the `Set-Cookie` header, with a new session id each time. */
  signIn(userId: string): string;
  /** The session of a `Cookie` header. */
  find(cookie: string | undefined): Session | undefined;
}

export function createSessions(): Sessions {
  const sessions = new Map<string, Session>();
  return {
    signIn(userId) {
      const id = randomBytes(24).toString("base64url");
      sessions.set(id, { id, userId });
      return `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`;
    },
    find(cookie) {
      const id = cookie?.match(/(?:^|;\s*)session=([A-Za-z0-9_-]+)/)?.[1];
      return id === undefined ? undefined : sessions.get(id);
    },
  };
}

/** True for a name that the bank signs in. */
export function isUserName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z]{2,20}$/.test(value);
}
