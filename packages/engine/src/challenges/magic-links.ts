import type { ActionTransitions } from "../actions/transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseActionKey } from "../context/track-input.ts";
import type { DeniableAction, DenyAction } from "./denials.ts";
import { EngineError } from "../lib/engine-error.ts";
import { readerLocale } from "./issue-challenge.ts";
import { createMagicLinkHashes, type MagicLink, magicLinkMethod, readMagicLink } from "../methods/magic-link.ts";
import { shownFields } from "../receipts/shown-fields.ts";
import type { ActionRecord, AuthenticatorRecord, ChallengeRecord } from "../store/records.ts";

/** What the reader of a link can do: say that they have asked, and for this. They receive nothing. */
export interface MagicLinks {
  /** What was asked for, and where. @throws EngineError `token_invalid` for a link that is unknown, used or over */
  describe(link: unknown): Promise<MagicLinkDescription>;
  /**
   * Matches a link with the browser that asked, by the number that it shows. The link is used up, by a wrong number too.
   * @throws EngineError as {@link describe}
   */
  match(link: unknown, matchingNumber: unknown): Promise<boolean>;
  /**
   * Ends the action of a link as failed, as `engine.challenges.deny` does: its reader did not ask for it.
   * @throws EngineError as {@link describe}, and `challenge_not_open` once the action was approved or has ended otherwise
   */
  deny(link: unknown): Promise<void>;
}

/** What the reader of a link is shown. `askedAt` is when the link was asked for. */
export interface MagicLinkDescription extends DeniableAction {
  readonly purpose: "challenge" | "enrollment";
  /** True while the action waits for its challenge, so that it can be denied. */
  readonly isDeniable: boolean;
}

interface Found {
  readonly link: MagicLink;
  readonly action: ActionRecord;
  readonly authenticator: AuthenticatorRecord;
  readonly challenge: ChallengeRecord;
}

export function createMagicLinks(
  { store, clock, audit, keyring, methods }: EngineContext,
  transitions: Pick<ActionTransitions, "find">,
  denyAction: DenyAction,
): MagicLinks {
  const hashes = createMagicLinkHashes(keyring);

  async function find(text: unknown): Promise<Found> {
    const invalid = (): EngineError => new EngineError("token_invalid", "The link is not valid any more.");
    const link = methods.has(magicLinkMethod) ? readMagicLink(text) : undefined;
    if (link === undefined) throw invalid();
    const { userId, action: code, idempotencyKey, challengeId } = link;
    let action: ActionRecord | undefined;
    try {
      action = await transitions.find(parseActionKey({ userId, action: code, idempotencyKey }));
    } catch (error) {
      if (error instanceof EngineError && error.reason === "request_invalid") throw invalid();
      throw error;
    }
    if (action === undefined || action.deniedByUser === true) throw invalid();
    for (const authenticator of await store.listAuthenticators(userId)) {
      if (authenticator.verificationMethod !== magicLinkMethod) continue;
      const challenge = await store.findChallenge(action.actionId, authenticator.userAuthenticatorId, clock.now());
      if (challenge?.challengeId !== challengeId || !hashes.isLink(challenge, link)) continue;
      return { link, action, authenticator, challenge };
    }
    throw invalid();
  }

  return {
    async describe(text) {
      const { action, authenticator, challenge } = await find(text);
      const { ipAddress, userAgent } = action.attributes;
      return {
        purpose: authenticator.verifiedAt === undefined ? "enrollment" : "challenge",
        action: action.action,
        custom: shownFields(action),
        askedAt: challenge.createdAt,
        ipAddress,
        userAgent,
        locale: await readerLocale(store, action),
        isDeniable: action.state === "CHALLENGE_REQUIRED",
      };
    },
    deny: async (text) => denyAction((await find(text)).action),
    async match(text, given) {
      const { link, action, authenticator, challenge } = await find(text);
      const { userId, action: code, actionId } = action;
      const number = typeof given === "string" ? given.trim() : "";
      const isRight = /^\d{2}$/.test(number) && hashes.isNumber(challenge, link, number);
      const event = {
        at: clock.now(),
        userId,
        action: code,
        actionId,
        verificationMethod: magicLinkMethod,
        userAuthenticatorId: authenticator.userAuthenticatorId,
      };
      // Of many at once, one uses it. What dies here leaves a link that is used up, and an approval that nobody has.
      const isFirst = await store.takeChallenge(challenge);
      if (!isFirst || !isRight) {
        await audit.append({ type: "challenge.refused", ...event, reason: isFirst ? "answer_wrong" : "answer_used" });
        return false;
      }
      const matched = { type: "challenge.matched", ...event } as const;
      await store.putChallenge({ ...challenge, expected: hashes.matched(challenge) }, matched);
      audit.emit(matched);
      return true;
    },
  };
}
