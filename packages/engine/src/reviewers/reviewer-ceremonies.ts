import { randomBytes } from "node:crypto";
import type { EngineContext } from "../context/engine-context.ts";
import type { PasskeyCredential } from "../webauthn/passkey-options.ts";
import type { ReviewerRegistry } from "./reviewer-registry.ts";

const NONCE_BYTES = 32;
/** As long as browsers wait for a passkey. */
export const CEREMONY_MS: number = 10 * 60_000;

type Purpose = "sign-in" | "invitation" | "addition" | "vote";

/** A ceremony that was begun: what its browser brings back with the answer, and what of it may be signed. */
interface Minted {
  readonly challengeId: string;
  /** For whatever has no challenge of its own. */
  readonly challenge: string;
  /** Random bytes of this ceremony alone, base64url. */
  readonly nonce: string;
}

/** Ceremonies of reviewers' passkeys. The store keeps nothing of one until its answer comes. */
export interface ReviewerCeremonies {
  /** @param subject all that the ceremony is about, and is good for nothing else */
  mint(purpose: Purpose, ...subject: readonly string[]): Minted;
  /** The ceremony that was minted for this, and is used up by asking; `undefined` for any other. */
  take(challengeId: string, purpose: Purpose, ...subject: readonly string[]): Promise<Minted | undefined>;
  /** Keeps how far a passkey has counted, unless it, or its reviewer, was taken away meanwhile, or its count has gone on. */
  use(reviewerId: string, used: PasskeyCredential): Promise<boolean>;
}

export function createReviewerCeremonies(
  { store, clock, keyring }: Pick<EngineContext, "store" | "clock" | "keyring">,
  registry: ReviewerRegistry,
): ReviewerCeremonies {
  const partsOf = (
    purpose: Purpose,
    subject: readonly string[],
    expiresAt: string,
    nonce: string,
  ): readonly string[] => ["reviewer-ceremony", purpose, expiresAt, nonce, ...subject];

  return {
    mint(purpose, ...subject) {
      const expiresAt = String(clock.now() + CEREMONY_MS);
      const nonce = randomBytes(NONCE_BYTES).toString("base64url");
      const challenge = keyring.hashCode(partsOf(purpose, subject, expiresAt, nonce));
      return { challengeId: [expiresAt, nonce, challenge].join("."), challenge, nonce };
    },
    async take(challengeId, purpose, ...subject) {
      const [expiresAt = "", nonce = "", challenge = "", ...rest] = challengeId.split(".");
      const isOurs = rest.length === 0 && keyring.isHashOf(challenge, partsOf(purpose, subject, expiresAt, nonce));
      const now = clock.now();
      if (!isOurs || !(Number(expiresAt) > now)) return undefined;
      // Kept for longer than the challenge can be read, by a clock that is behind too.
      const { allowed } = await store.countAttempt(["reviewer-ceremony", nonce], 1, 2 * CEREMONY_MS, now);
      return allowed ? { challengeId, challenge, nonce } : undefined;
    },
    async use(reviewerId, used) {
      const { credentialId, publicKey, signCount } = used;
      const event = { type: "reviewer.passkey_used", actor: reviewerId } as const;
      const changed = await registry.change(reviewerId, event, (current) => {
        const kept = current?.passkeys.find(({ credential }) => credential.credentialId === credentialId)?.credential;
        if (current === undefined || kept?.publicKey !== publicKey) return undefined;
        if ((signCount > 0 || kept.signCount > 0) && signCount <= kept.signCount) return undefined;
        const lastUsedAt = clock.now();
        return {
          ...current,
          passkeys: current.passkeys.map((one) =>
            one.credential.credentialId === credentialId ? { ...one, credential: used, lastUsedAt } : one,
          ),
        };
      });
      return changed !== undefined;
    },
  };
}
