import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Engine } from "@require-action/engine";
import type { ReviewerProof, ReviewerRole } from "@require-action/engine/reviewers";
import { createKeyedHashes } from "@require-action/engine/server";
import type { ParsedConsoleOptions } from "./console-options.ts";

const TOKEN_BYTES = 32;
/** As long as the browser of a reviewer is known. */
const BROWSER_SECONDS = 90 * 24 * 60 * 60;

/** A reviewer who is signed in. */
export interface ConsoleSession {
  /** Names the session, and is no secret. */
  readonly id: string;
  readonly reviewer: string;
  readonly role: ReviewerRole;
  /** The users who are this very person: somebody else decides their actions. */
  readonly userIds: readonly string[];
  /** Goes into every form, and must come back with it. */
  readonly formToken: string;
}

/** Who is signed in, for every process that has the same store. */
export interface ConsoleSessions {
  /** Starts a session with a new secret, and returns that. */
  start(proof: ReviewerProof): Promise<string>;
  /** Finds a session that is live, with what its reviewer may do as of now. */
  find(request: Request): Promise<ConsoleSession | undefined>;
  /** Ends a session in all processes. */
  end(session: ConsoleSession): Promise<void>;
}

/**
 * The engine's sessions of reviewers, by the console's cookie. Whoever proved a password has what the configuration says; a
 * reviewer who is taken off the list there, or has a new password, is signed out by it.
 */
export function createConsoleSessions(
  { reviewers: { sessions } }: Engine,
  { reviewers }: Pick<ParsedConsoleOptions, "reviewers">,
  cookies: Cookies,
): ConsoleSessions {
  return {
    start: (proof) => sessions.start(proof),
    async find(request) {
      const secret = cookies.read(request, "console");
      if (secret === undefined) return undefined;
      const found = await sessions.find(secret, {
        passwordHashOf: (id) => reviewers.get(id)?.passwordHash,
        // A page that is left open asks for news by itself.
        isUse: request.headers.get("accept") !== "text/event-stream",
      });
      if (found === undefined) return undefined;
      const { sessionId: id, reviewerId: reviewer, credentialId } = found.session;
      const authority = credentialId === undefined ? reviewers.get(reviewer) : found.reviewer;
      if (authority === undefined) return undefined;
      const { role, userIds } = authority;
      return { id, reviewer, role, userIds, formToken: createKeyedHashes([Buffer.from(secret)]).hash(["form"]) };
    },
    end: async ({ id, reviewer }) => void (await sessions.end(id, { actor: reviewer })),
  };
}

/** A token that nobody guesses. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Compares tokens in constant time. */
export function isSameToken(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * The console's cookies: the session; what the sign-in form must bring back; and what a browser is known by, to which an
 * invitation belongs once it is opened, and which strangers' wrong passwords do not lock out; and when the queue was
 * last looked at.
 */
type CookieName = "console" | "console-form" | "console-browser" | "console-seen";

/** Reads and writes cookies that no other site's page sends along with a form. */
export interface Cookies {
  read(request: Request, name: CookieName): string | undefined;
  /** A `Set-Cookie` header; no value takes the cookie away. */
  write(name: CookieName, value: string | undefined): string;
  /** What this browser is known by, and the header that says so to one that was not known. */
  browser(request: Request): { readonly secret: string; readonly cookies: readonly string[] };
}

/** With TLS, the browser itself holds the cookie to this host (RFC 6265bis section 4.1.3.2). */
export function createCookies(secure: boolean): Cookies {
  const fullName = (name: CookieName): string => `${secure ? "__Host-" : ""}require-action-${name}`;
  const cookies: Cookies = {
    read(request, name) {
      const found = (request.headers.get("cookie") ?? "")
        .split(";")
        .map((pair) => pair.trim().split("="))
        .filter(([given]) => given === fullName(name));
      // Twice is once too often: one of them is not ours.
      return found.length === 1 ? found[0]?.[1] : undefined;
    },
    write(name, value) {
      const lasting = name === "console-browser" ? `; Max-Age=${BROWSER_SECONDS}` : "";
      const age = value === undefined ? "; Max-Age=0" : lasting;
      // A link in a message opens its page for whoever is signed in. Forms of other sites come without the cookie.
      const sameSite = name === "console" ? "Lax" : "Strict";
      return `${fullName(name)}=${value ?? ""}; Path=/; HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}${age}`;
    },
    browser(request) {
      const known = cookies.read(request, "console-browser");
      if (known !== undefined && /^[\w-]{43}$/.test(known)) return { secret: known, cookies: [] };
      const secret = randomToken();
      return { secret, cookies: [cookies.write("console-browser", secret)] };
    },
  };
  return cookies;
}
