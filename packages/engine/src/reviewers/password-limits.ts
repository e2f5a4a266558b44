import { createHash } from "node:crypto";
import type { EngineContext } from "../context/engine-context.ts";
import { beginWindow, windowEndOf } from "../context/address-limits.ts";
import { parseObject, parseTexts } from "../lib/arguments.ts";
import { hashOf } from "./invitation-token.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** From one source at one reviewer. */
const TRIES = 10;
const TRIES_MS = 5 * MINUTE;
/** From all sources together that the reviewer has never signed in from. */
const STRANGERS = 100;
/** How long a browser is known that a reviewer has signed in with. */
const KNOWN_MS = 90 * DAY;

/** Where a password comes from. */
export interface PasswordSource {
  /** The network, as far as the server sees it. */
  readonly address?: string | undefined;
  /** A secret of this browser's, which its cookie holds. */
  readonly browser?: string | undefined;
}

/**
 * Limits guessing at reviewers' passwords by source and reviewer. A browser that the reviewer has signed in with counts for itself:
 * strangers, behind the same proxy too, lock out nobody but each other.
 */
export interface PasswordLimits {
  /** Counts a try before the password is looked at; false when there were too many. */
  count(reviewerId: string, from: PasswordSource): Promise<boolean>;
  /** After the right password: this browser is known as one of the reviewer's, for 90 days. */
  signedIn(reviewerId: string, from: PasswordSource): Promise<void>;
}

export function createPasswordLimits({
  store,
  clock,
  audit,
}: Pick<EngineContext, "store" | "clock" | "audit">): PasswordLimits {
  const knownKey = (reviewerId: string, browser: string): readonly string[] => [
    "reviewer-browser",
    hashOf(JSON.stringify([reviewerId, browser])),
  ];

  async function sourceOf(
    reviewerId: string,
    { address = "", browser }: PasswordSource,
  ): Promise<{ readonly key: readonly string[]; readonly isKnown: boolean }> {
    const isKnown =
      browser !== undefined && (await windowEndOf(store, knownKey(reviewerId, browser), clock.now())) !== undefined;
    return isKnown
      ? { key: ["reviewer-tries", ...knownKey(reviewerId, browser)], isKnown }
      : { key: ["reviewer-tries", bucketOf(reviewerId, address)], isKnown };
  }

  return {
    async count(reviewerId, given) {
      const from = parseSource(reviewerId, given);
      const { key, isKnown } = await sourceOf(reviewerId, from);
      const now = clock.now();
      if (!(await store.countAttempt(key, TRIES, TRIES_MS, now)).allowed) return false;
      if (isKnown) return true;
      const all = ["reviewer-strangers", bucketOf(reviewerId)];
      if ((await store.countAttempt(all, STRANGERS, DAY, now)).allowed) return true;
      if (await beginWindow(store, ["reviewer-locked", bucketOf(reviewerId)], DAY, now)) {
        await audit.append({ type: "reviewer.locked", at: now, reviewer: reviewerId });
      }
      return false;
    },
    async signedIn(reviewerId, given) {
      const from = parseSource(reviewerId, given);
      const { key } = await sourceOf(reviewerId, from);
      await store.resetAttempts(key);
      const { browser } = from;
      if (browser !== undefined) await beginWindow(store, knownKey(reviewerId, browser), KNOWN_MS, clock.now());
    },
  };
}

/** One of 65,536: names that nobody has cannot fill the store, and are counted as those that somebody has. */
function bucketOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 4);
}

/** @throws EngineError `request_invalid` */
function parseSource(reviewerId: string, from: PasswordSource): PasswordSource {
  const { address, browser } = parseObject(from, "from");
  parseTexts({ reviewerId: reviewerId ?? null, address, browser });
  return { address, browser };
}
