import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createKeyedHashes, type KeyedHashes } from "@require-action/engine/server";
import type { ChallengeRecord } from "@require-action/engine/store";
import type { ParsedConsoleOptions, Reviewer } from "./console-options.ts";

const SESSION_MS = 4 * 60 * 60 * 1000;
const ID_BYTES = 32;
/** In the place of the authenticator that a challenge is for. */
const SLOT = "console-session";

/** A reviewer who is signed in. */
export interface ConsoleSession {
  readonly id: string;
  readonly reviewer: string;
  /** Goes into every form, and must come back with it. */
  readonly formToken: string;
}

/** Who is signed in, for every process that has the same store. */
export interface ConsoleSessions {
  /** Starts a session with a new id. */
  start(reviewer: Reviewer): Promise<ConsoleSession>;
  /** Finds a session that has neither ended nor expired, and whose reviewer is still one, with the password of then. */
  find(id: string | undefined): Promise<ConsoleSession | undefined>;
  /** Ends a session in all processes. */
  end(session: ConsoleSession): Promise<void>;
}

/**
 * Keeps sessions in the engine's store, beside its challenges: something that can be taken away once and ends in its time. The
 * store has a hash of the id, and a proof that needs both the id and the reviewer's password hash, which it has not:
 * whoever reads a database is signed in nowhere, and whoever writes to it neither. A reviewer who is taken off the list, or has
 * a new password, is signed out by it.
 */
export function createConsoleSessions({
  store,
  clock,
  reviewers,
}: Pick<ParsedConsoleOptions, "store" | "clock" | "reviewers">): ConsoleSessions {
  const sessionOf = (id: string, { id: reviewer }: Reviewer): ConsoleSession => ({
    id,
    reviewer,
    formToken: hashesOf(id).hash(["form"]),
  });
  const find = async (id: string): Promise<ChallengeRecord | undefined> =>
    store.findChallenge(hash(id), SLOT, clock.now());

  return {
    async start(reviewer) {
      const id = randomToken();
      const at = clock.now();
      await store.putChallenge(
        {
          challengeId: hash(id),
          actionId: hash(id),
          userAuthenticatorId: SLOT,
          // Reviewers are no users, whatever their ids.
          userId: "",
          verificationMethod: "password",
          expected: hashesOf(id).hash(partsOf(reviewer)),
          createdAt: at,
          expiresAt: at + SESSION_MS,
        },
        { type: "reviewer.signed_in", at, actor: reviewer.id },
      );
      return sessionOf(id, reviewer);
    },
    async find(id) {
      const record = id === undefined ? undefined : await find(id);
      if (id === undefined || record === undefined) return undefined;
      const hashes = hashesOf(id);
      const reviewer = [...reviewers.values()].find((one) => hashes.isHashOf(record.expected, partsOf(one)));
      return reviewer && sessionOf(id, reviewer);
    },
    async end({ id, reviewer }) {
      const record = await find(id);
      if (record === undefined || !(await store.takeChallenge(record))) return;
      await store.appendEvent({ type: "reviewer.signed_out", at: clock.now(), actor: reviewer });
    },
  };
}

/** Hashes under a session's id: nobody makes them who does not have it. */
function hashesOf(id: string): KeyedHashes {
  return createKeyedHashes([Buffer.from(id)]);
}

function partsOf({ id, passwordHash }: Reviewer): readonly string[] {
  return ["reviewer", id, passwordHash];
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
