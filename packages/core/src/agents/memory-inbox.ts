import { createHash, randomBytes, randomInt } from "node:crypto";
import type { BoundFields } from "../binding/binding.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { isWebOrigin } from "../lib/web-url.ts";
import { option } from "../options/option.ts";
import { defineOptions, readOptions } from "../options/read-options.ts";
import type { ApprovalInbox, ApprovalQuery, ApprovalRequest, KeptApproval } from "./approval-inbox.ts";

/** Options of {@link createMemoryInbox}. */
export interface MemoryInboxOptions {
  /**
   * The application's page of open requests, as `https://bank.example/approvals`. A request's own page is below it, by an id that
   * opens nothing to anybody but its user.
   */
  readonly pageUrl: string;
  /** Where the pre-built page sends the browser back to with the result, an origin of the guard's `redirectOrigins`. */
  readonly returnUrl?: string;
  /** How many requests a user may have that they have not approved: those that they declined count until they expire. 10 by default. */
  readonly limitPerUser?: number;
  readonly clock?: Clock;
}

/** An open request, for the page that shows it to its user. */
export interface OpenApproval {
  readonly id: string;
  readonly action: string;
  /** What is approved. Absent where nothing is bound. */
  readonly bound: BoundFields | undefined;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly expiresAt: string;
}

/** What a browser receives that has entered the right number: the challenge, and how it brings the result. */
export interface Matched {
  /** For a custom UI. */
  readonly token: string | undefined;
  /** The pre-built page. */
  readonly url: string | undefined;
  /** Keep it in an `HttpOnly` cookie of this browser: {@link MemoryInbox.complete} takes a result with it only. */
  readonly ticket: string;
}

/**
 * An inbox in the memory of one process. What it loses with the process are open requests, which the agent then asks for again:
 * an approval is used up in the guard's ledger, and never here. The application serves the page, behind its own session.
 */
export interface MemoryInbox extends ApprovalInbox {
  /** The open requests of a user, newest first. */
  open(user: string): readonly OpenApproval[];
  /**
   * Opens the challenge of a request for the browser that has entered its number. Another number ends the request: it is one
   * guess of 90. Nothing for a request that is not open, or is another user's.
   */
  match(user: string, id: string, matchingNumber: string): Matched | undefined;
  /** Takes the result token that the browser with the ticket has brought. False where there is nothing to complete. */
  complete(user: string, ticket: string, resultToken: string): boolean;
  /** Ends a request that the user says no to. False where there is none of theirs. */
  decline(user: string, id: string): boolean;
}

interface Kept extends Omit<ApprovalRequest, "expiresAt"> {
  readonly id: string;
  readonly matchingNumber: string;
  readonly askedAt: number;
  readonly expiresAt: number;
  state: KeptApproval["state"];
  settled: boolean;
  ticketHash?: string;
  resultToken?: string;
}

const DAY_MS = 86_400_000;
const MOST_REQUESTS = 100_000;
const MAX_TOKEN_LENGTH = 4_096;

const webUrl = option.setting(
  (value) =>
    typeof value === "string" && URL.canParse(value) && isWebOrigin(new URL(value).origin) && !/[?#]/.test(value),
  "must be an absolute http(s) URL without query and fragment",
);

const optionsSchema = defineOptions<MemoryInboxOptions>({
  required: { pageUrl: webUrl },
  optional: {
    returnUrl: webUrl,
    limitPerUser: option.whole({ least: 1, most: 1000, unit: "requests" }),
    clock: option.withMethods("now"),
  },
});

/** Creates an inbox for one process. @throws ConfigurationError that names the option that is wrong */
export function createMemoryInbox(given: MemoryInboxOptions): MemoryInbox {
  const {
    pageUrl,
    returnUrl,
    limitPerUser = 10,
    clock = systemClock,
  } = readOptions("createMemoryInbox", optionsSchema, given);
  const base = pageUrl.replace(/\/$/, "");
  const byKey = new Map<string, Kept>();
  const byUser = new Map<string, Set<Kept>>();
  const waiting = new Map<string, Set<() => void>>();

  const isCurrent = ({ expiresAt }: Kept): boolean => clock.now() < expiresAt;
  /** The requests of a user, oldest first, without those that have expired. */
  const requestsOf = (user: string): readonly Kept[] => {
    const all = byUser.get(user);
    for (const kept of all ?? []) {
      if (isCurrent(kept)) continue;
      all!.delete(kept);
      byKey.delete(kept.idempotencyKey);
    }
    if (all?.size === 0) byUser.delete(user);
    return [...(all ?? [])];
  };
  const isFull = (): boolean => {
    if (byKey.size < MOST_REQUESTS) return false;
    for (const user of byUser.keys()) requestsOf(user);
    return byKey.size >= MOST_REQUESTS;
  };
  const openOf = (user: string): readonly Kept[] =>
    requestsOf(user).filter((kept) => kept.state === "open" && !kept.settled && kept.challenge !== undefined);
  const answered = (key: string): void => waiting.get(key)?.forEach((resolve) => resolve());
  const end = (kept: Kept, state: KeptApproval["state"]): void => {
    kept.state = state;
    answered(kept.idempotencyKey);
  };
  const find = ({ idempotencyKey, user, session, action, canonical }: ApprovalQuery): Kept | undefined =>
    requestsOf(user).findLast(
      (kept) =>
        kept.session === session &&
        kept.action === action &&
        (idempotencyKey === undefined
          ? kept.canonical === canonical && !kept.settled
          : kept.idempotencyKey === idempotencyKey),
    );
  const standing = ({
    idempotencyKey,
    canonical,
    state,
    id,
    matchingNumber,
    challenge,
    resultToken,
  }: Kept): KeptApproval => ({
    idempotencyKey,
    canonical,
    state,
    page: challenge && { url: `${base}/${id}`, matchingNumber },
    token: resultToken,
  });

  return {
    returnUrl,
    keep({ expiresAt, ...request }) {
      const { idempotencyKey: _, ...query } = request;
      const same = find(query);
      if (same) return standing(same);
      const now = clock.now();
      if (isFull() || requestsOf(request.user).filter(counts).length >= limitPerUser) return undefined;
      const kept: Kept = {
        ...request,
        id: randomBytes(16).toString("base64url"),
        matchingNumber: String(randomInt(10, 100)),
        askedAt: now,
        expiresAt: expiresAt === undefined ? now + DAY_MS : Date.parse(expiresAt),
        state: "open",
        settled: false,
      };
      byKey.set(request.idempotencyKey, kept);
      const own = byUser.get(kept.user) ?? new Set();
      byUser.set(kept.user, own.add(kept));
      return standing(kept);
    },
    find(query) {
      const kept = find(query);
      return kept && standing(kept);
    },
    settle(idempotencyKey) {
      const kept = byKey.get(idempotencyKey);
      if (kept) kept.settled = true;
    },
    refuse(idempotencyKey) {
      const kept = byKey.get(idempotencyKey);
      if (kept) end(kept, "declined");
    },
    whenAnswered: (idempotencyKey, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || byKey.get(idempotencyKey)?.state !== "open") return resolve();
        const listeners = waiting.get(idempotencyKey) ?? new Set();
        waiting.set(idempotencyKey, listeners);
        const done = (): void => {
          listeners.delete(done);
          if (listeners.size === 0) waiting.delete(idempotencyKey);
          signal.removeEventListener("abort", done);
          resolve();
        };
        listeners.add(done);
        signal.addEventListener("abort", done);
      }),
    open: (user) =>
      openOf(user)
        .map(({ id, action, bound, askedAt, expiresAt }) => ({
          id,
          action,
          bound,
          askedAt: new Date(askedAt).toISOString(),
          expiresAt: new Date(expiresAt).toISOString(),
        }))
        .toReversed(),
    match(user, id, matchingNumber) {
      const kept = openOf(user).find((one) => one.id === id);
      if (kept === undefined) return undefined;
      if (kept.matchingNumber !== matchingNumber) {
        end(kept, "declined");
        return undefined;
      }
      const ticket = randomBytes(32).toString("base64url");
      kept.ticketHash = hashOf(ticket);
      return { token: kept.challenge?.token, url: kept.challenge?.url, ticket };
    },
    complete(user, ticket, resultToken) {
      const hash = hashOf(ticket);
      const kept = openOf(user).find(({ ticketHash }) => ticketHash === hash);
      if (kept === undefined || resultToken === "" || resultToken.length > MAX_TOKEN_LENGTH) return false;
      kept.resultToken = resultToken;
      end(kept, "answered");
      return true;
    },
    decline(user, id) {
      const kept = openOf(user).find((one) => one.id === id);
      if (kept) end(kept, "declined");
      return kept !== undefined;
    },
  };
}

/** True for what a user was asked and has not approved: who declines is not asked more often than who says nothing. */
function counts({ challenge, settled, state }: Kept): boolean {
  return !settled || (challenge !== undefined && state !== "answered");
}

function hashOf(ticket: string): string {
  return createHash("sha256").update(ticket).digest("base64");
}
