import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@require-action/core";

const SESSION_MS = 4 * 60 * 60 * 1000;
const MAX_SESSIONS = 1_000;
const ID_BYTES = 32;

/** A reviewer who is signed in. */
export interface ConsoleSession {
  readonly id: string;
  readonly reviewer: string;
  /** Goes into every form, and must come back with it. */
  readonly formToken: string;
  readonly expiresAt: number;
}

/** Who is signed in, in this process. They sign in again after a restart. */
export interface ConsoleSessions {
  /** Starts a session with a new id. */
  start(reviewer: string): ConsoleSession;
  find(id: string | undefined): ConsoleSession | undefined;
  end(id: string): void;
}

export function createConsoleSessions(clock: Clock): ConsoleSessions {
  // By hash, so that looking one up takes no time that depends on the id.
  const sessions = new Map<string, ConsoleSession>();
  return {
    start(reviewer) {
      const session = { id: randomToken(), reviewer, formToken: randomToken(), expiresAt: clock.now() + SESSION_MS };
      for (const [key, { expiresAt }] of sessions) if (expiresAt <= clock.now()) sessions.delete(key);
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      sessions.set(hash(session.id), session);
      return session;
    },
    find(id) {
      if (id === undefined) return undefined;
      const session = sessions.get(hash(id));
      return session !== undefined && session.expiresAt > clock.now() ? session : undefined;
    },
    end(id) {
      sessions.delete(hash(id));
    },
  };
}

/** A token that nobody guesses. */
export function randomToken(): string {
  return randomBytes(ID_BYTES).toString("base64url");
}

/** Compares tokens in constant time. */
export function isSameToken(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hash(one)), Buffer.from(hash(other)));
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The console's two cookies: the session, and what the sign-in form must bring back. */
type CookieName = "console" | "console-form";

/** Reads and writes cookies that no other site's page sends along. */
export interface Cookies {
  read(request: Request, name: CookieName): string | undefined;
  /** A `Set-Cookie` header; no value takes the cookie away. */
  write(name: CookieName, value: string | undefined): string;
}

/** With TLS, the browser itself holds the cookie to this host (RFC 6265bis section 4.1.3.2). */
export function createCookies(secure: boolean): Cookies {
  const fullName = (name: CookieName): string => `${secure ? "__Host-" : ""}require-action-${name}`;
  return {
    read(request, name) {
      const found = (request.headers.get("cookie") ?? "")
        .split(";")
        .map((pair) => pair.trim().split("="))
        .filter(([given]) => given === fullName(name));
      // Twice is once too often: one of them is not ours.
      return found.length === 1 ? found[0]?.[1] : undefined;
    },
    write(name, value) {
      const age = value === undefined ? "; Max-Age=0" : "";
      return `${fullName(name)}=${value ?? ""}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}${age}`;
    },
  };
}
