import type { VoteAnswer, VoteCeremony, VoteProofs } from "../actions/review-votes.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { assertionOf } from "../methods/passkey.ts";
import { createApproval, digestOf, statementText } from "../receipts/statement.ts";
import type { ActionRecord } from "../store/records.ts";
import { passkeyRequestOptions } from "../webauthn/passkey-options.ts";
import { parseAuthenticationResponse } from "../webauthn/passkey-response.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";
import { verifyAuthentication } from "../webauthn/verify-authentication.ts";
import { hashOf } from "./invitation-token.ts";
import { CEREMONY_MS, createReviewerCeremonies } from "./reviewer-ceremonies.ts";
import type { ReviewerRegistry } from "./reviewer-registry.ts";

/**
 * Votes that reviewers sign with their passkeys: the challenge is the digest of the action's statement, in which the reviewer is named,
 * and a nonce. `undefined` where no receipts are kept, as nobody would see the signature.
 */
export function createSignedVotes(
  context: Pick<EngineContext, "store" | "clock" | "keyring" | "issuer" | "receipts">,
  relyingParty: RelyingParty,
  registry: ReviewerRegistry,
): VoteProofs | undefined {
  const { issuer, receipts } = context;
  if (receipts === undefined) return undefined;
  const ceremonies = createReviewerCeremonies(context, registry);
  const subjectOf = (action: ActionRecord, reviewer: string, browser: string): readonly string[] => [
    reviewer,
    hashOf(browser),
    action.actionId,
  ];

  return {
    isAsked: async (reviewerId) => ((await registry.find({ reviewerId }))?.passkeys.length ?? 0) > 0,
    async begin(action, reviewerId, browser): Promise<VoteCeremony | undefined> {
      const { passkeys = [] } = (await registry.find({ reviewerId })) ?? {};
      if (passkeys.length === 0) return undefined;
      const { challengeId, nonce } = ceremonies.mint("vote", ...subjectOf(action, reviewerId, browser));
      const challenge = digestOf({ statement: statementText(issuer, action, { reviewer: reviewerId }), nonce });
      const credentials = passkeys.map(({ credential }) => credential);
      return { challengeId, options: passkeyRequestOptions(relyingParty, challenge, credentials, CEREMONY_MS) };
    },
    async prove(action, reviewerId, { browser, challengeId, response }: VoteAnswer) {
      if (typeof browser !== "string" || typeof challengeId !== "string") return undefined;
      const parsed = parseAuthenticationResponse(response);
      const taken = await ceremonies.take(challengeId, "vote", ...subjectOf(action, reviewerId, browser));
      const reviewer = await registry.find({ reviewerId });
      const kept = reviewer?.passkeys.find(({ credential }) => credential.credentialId === parsed?.id);
      if (parsed === undefined || taken === undefined || kept === undefined) return undefined;
      const signed = { statement: statementText(issuer, action, { reviewer: reviewerId }), nonce: taken.nonce };
      const used = await verifyAuthentication(relyingParty, digestOf(signed), kept.credential, parsed);
      if (typeof used === "string" || !(await ceremonies.use(reviewerId, used))) return undefined;
      return createApproval(signed, assertionOf(parsed));
    },
  };
}
