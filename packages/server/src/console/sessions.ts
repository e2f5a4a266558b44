import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Engine } from "@require-action/engine";
import type { ReviewerProof, ReviewerRole } from "@require-action/engine/reviewers";
import { createKeyedHashes } from "@require-action/engine/server";
import type { ParsedConsoleOptions } from "./console-options.ts";

const TOKEN_BYTES = 32;
/** How long browsers keep those cookies that outlast them: that they are known for, and that a sign-in elsewhere may take. */
const LASTING_SECONDS: Readonly<Partial<Record<CookieName, number>>> = {
  "console-browser": 90 * 24 * 60 * 60,
  "console-oidc": 10 * 60,
};
/** Those that come along with a link from another site: of whoever is signed in, or comes back from an identity provider. */
const FROM_ELSEWHERE: ReadonlySet<CookieName> = new Set(["console", "console-oidc"]);

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
  /** By an identity provider, which knows the browser for longer. */
  readonly isByOidc: boolean;
}

/** Who is signed in, for every process that has the same store. */
export interface ConsoleSessions {
  /** Starts a session with a new secret, and returns that. */
  start(proof: ReviewerProof): Promise<string>;
  /**
   * Finds a session that is live, with what its reviewer may do as of now.
   * @param isUse false for what a page does by itself, such as to ask for news
   */
  find(request: Request, isUse?: boolean): Promise<ConsoleSession | undefined>;
  /** Ends a session in all processes. */
  end(session: ConsoleSession): Promise<void>;
}

/**
 * The engine's sessions of reviewers, by the console's cookie. Whoever proved a password, or an account at an identity provider, has
 * what the configuration says; a reviewer who is taken off the list there, or has a new password, is signed out by it. Of somebody
 * who was invited as well, the engine says what they may do, and both say which users they are.
 */
export function createConsoleSessions(
  { reviewers: { sessions } }: Engine,
  { reviewers, oidc }: Pick<ParsedConsoleOptions, "reviewers" | "oidc">,
  cookies: Cookies,
): ConsoleSessions {
  function authorityOf({ session, reviewer }: FoundSession): Authority | undefined {
    const { reviewerId, credentialId, identity } = session;
    if (credentialId !== undefined) return reviewer;
    if (identity === undefined) return reviewers.get(reviewerId);
    const configured = oidc?.authorityOf(identity);
    if (configured?.reviewerId !== reviewerId) return undefined;
    if (reviewer === undefined) return configured;
    return { role: reviewer.role, userIds: [...new Set([...reviewer.userIds, ...configured.userIds])] };
  }

  return {
    start: (proof) => sessions.start(proof),
    async find(request, isUse = request.headers.get("accept") !== "text/event-stream") {
      const secret = cookies.read(request, "console");
      if (secret === undefined) return undefined;
      const found = await sessions.find(secret, {
        passwordHashOf: (id) => reviewers.get(id)?.passwordHash,
        isUse,
      });
      if (found === undefined) return undefined;
      const { sessionId: id, reviewerId: reviewer } = found.session;
      const authority = authorityOf(found);
      if (authority === undefined) return undefined;
      const { role, userIds } = authority;
      const isByOidc = found.session.identity !== undefined;
      return {
        id,
        reviewer,
        role,
        userIds,
        formToken: createKeyedHashes([Buffer.from(secret)]).hash(["form"]),
        isByOidc,
      };
    },
    end: async ({ id, reviewer }) => void (await sessions.end(id, { actor: reviewer })),
  };
}

type FoundSession = NonNullable<Awaited<ReturnType<Engine["reviewers"]["sessions"]["find"]>>>;
type Authority = Pick<ConsoleSession, "role" | "userIds">;

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
 * invitation belongs once it is opened, and which strangers' wrong passwords do not lock out; when the queue was last looked at;
 * and the sign-in by an identity provider that was begun.
 */
type CookieName = "console" | "console-form" | "console-browser" | "console-seen" | "console-oidc";

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
      const seconds = value === undefined ? 0 : LASTING_SECONDS[name];
      const age = seconds === undefined ? "" : `; Max-Age=${seconds}`;
      // Forms of other sites come without any.
      const sameSite = FROM_ELSEWHERE.has(name) ? "Lax" : "Strict";
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
