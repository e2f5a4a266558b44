import { randomBytes, randomInt } from "node:crypto";
import type { Keyring } from "../keys/keyring.ts";
import type { ActionKey, ChallengeRecord } from "../store/records.ts";
import { shownFields } from "../receipts/shown-fields.ts";
import { addressEnrollment } from "./delivered-code.ts";
import { deliver, type MagicLinkMessage } from "./delivery.ts";
import type { VerificationMethod } from "./verification-method.ts";

export const magicLinkMethod = "EMAIL_MAGIC_LINK";

const SECRET_BYTES = 32;
/** What a link may be long: an id has 256 bytes, and base64 makes more of them. */
const MAX_LINK = 2048;

/** What a link says. All of it is worth nothing without the secret. */
export interface MagicLink extends ActionKey {
  readonly challengeId: string;
  readonly secret: string;
}

/**
 * A link by e-mail, which its reader confirms with the number that the asking browser shows: whoever opens a link receives
 * nothing, and whoever waits receives the result only once the reader has seen that both are the same request (T55). Low
 * strength, since whoever reads the mailbox has the link.
 */
export function createMagicLink({
  send,
  baseUrl,
  keyring,
  timeoutMs,
}: {
  readonly send: (message: MagicLinkMessage, signal: AbortSignal) => void | Promise<void>;
  readonly baseUrl: string;
  readonly keyring: Keyring;
  readonly timeoutMs: number;
}): VerificationMethod {
  const hashes = createMagicLinkHashes(keyring);
  return {
    name: magicLinkMethod,
    strength: "low",
    isBackup: false,
    isGuessable: false,
    isSingle: true,
    addressField: "email",
    takesOneAnswer: false,
    ...addressEnrollment("email"),
    ask({ challengeId, authenticators: [{ userId, email: to = "" }], action, purpose, askerId, locale, expiresAt }) {
      const { action: code, idempotencyKey, attributes } = action;
      const { ipAddress, userAgent } = attributes;
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const matchingNumber = String(randomInt(10, 100));
      const url = urlOf(baseUrl, { userId, action: code, idempotencyKey, challengeId, secret });
      const about = { purpose, userId, action: code, idempotencyKey, custom: shownFields(action) } as const;
      const message = { to, url, ...about, ipAddress, userAgent, expiresAt, locale };
      return {
        expected: hashes.open({ challengeId, secret }, matchingNumber, askerId),
        deliver: () => deliver(send, message, timeoutMs),
        reply: { matchingNumber },
      };
    },
    // The bearer answers nothing: it asks whether the reader of the link has.
    isResponse: (_response): _response is unknown => true,
    isAnswered: (challenge, askerId) => hashes.isMatchedFor(challenge, askerId),
    verify: ({ challenge }) => (challenge !== undefined && hashes.isMatched(challenge) ? {} : "answer_wrong"),
  };
}

type Secret = Pick<MagicLink, "challengeId" | "secret">;
type Kept = Pick<ChallengeRecord, "challengeId" | "expected">;

/** What the store has of a link, as keyed hashes: its secret, the number and who asked; then that it was matched, and who asked. */
export interface MagicLinkHashes {
  open(link: Secret, matchingNumber: string, askerId: string): string;
  isLink(kept: Kept, link: Secret): boolean;
  isNumber(kept: Kept, link: Secret, matchingNumber: string): boolean;
  /** What is kept from now on, in place of what was. */
  matched(kept: Kept): string;
  isMatched(kept: Kept): boolean;
  isMatchedFor(kept: Kept, askerId: string): boolean;
}

export function createMagicLinkHashes({ hashCode, isHashOf }: Pick<Keyring, "hashCode" | "isHashOf">): MagicLinkHashes {
  const parts = (what: string, ...of: readonly string[]): readonly string[] => [magicLinkMethod, what, ...of];
  const kept = ({ expected }: Kept, index: number): string => expected.split(" ")[index] ?? "";
  const isMatched = (one: Kept): boolean => isHashOf(kept(one, 0), parts("matched", one.challengeId));
  return {
    open: ({ challengeId, secret }, matchingNumber, askerId) =>
      [
        hashCode(parts("link", challengeId, secret)),
        hashCode(parts("asker", challengeId, askerId)),
        hashCode(parts("number", challengeId, secret, matchingNumber)),
      ].join(" "),
    isLink: (one, { challengeId, secret }) => isHashOf(kept(one, 0), parts("link", challengeId, secret)),
    isNumber: (one, { challengeId, secret }, matchingNumber) =>
      isHashOf(kept(one, 2), parts("number", challengeId, secret, matchingNumber)),
    matched: (one) => `${hashCode(parts("matched", one.challengeId))} ${kept(one, 1)}`,
    isMatched,
    isMatchedFor: (one, askerId) => isMatched(one) && isHashOf(kept(one, 1), parts("asker", one.challengeId, askerId)),
  };
}

function urlOf(baseUrl: string, { userId, action, idempotencyKey, challengeId, secret }: MagicLink): string {
  const parts = JSON.stringify([userId, action, idempotencyKey, challengeId, secret]);
  return `${baseUrl}/magic-link?link=${Buffer.from(parts).toString("base64url")}`;
}

/** Reads what a link says; `undefined` for anything else. */
export function readMagicLink(link: unknown): MagicLink | undefined {
  if (typeof link !== "string" || link.length > MAX_LINK || !/^[\w-]+$/.test(link)) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(link, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 5 || !parts.every((part) => typeof part === "string")) return undefined;
  const [userId = "", action = "", idempotencyKey = "", challengeId = "", secret = ""] = parts as readonly string[];
  return { userId, action, idempotencyKey, challengeId, secret };
}
