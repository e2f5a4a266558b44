/** Why a file of receipts is refused, each with what it means. The second verifier in `test/` knows the same. */
export const reasons = {
  file_empty: "the file has no lines",
  file_truncated: "the last lines have no signed head after them: the file was cut off",
  line_malformed: "the line is not canonical JSON of an entry, its position and the hash of the line before",
  position_wrong: "a line is missing, or was moved",
  line_withheld: "what the line says is withheld: the file is an excerpt, which --excerpt verifies",
  chain_broken: "the line before is not the one that was there when this one was written",
  entry_repeated: "an entry of this id has been there before",
  entry_unknown: "the entry is of no known kind, or its id is not its own",
  time_in_future: "the entry is from the future",
  time_after_head: "the entry is from after the head that closes its batch",
  key_unknown: "it is signed by a key that is not in the key set",
  signature_wrong: "the engine's signature is not over this entry",
  head_wrong: "the head is not of this place in the chain",
  issuer_wrong: "it is of another engine than the lines before",
  digest_wrong: "the digest is not that of the statement and its nonce",
  display_wrong: "the text is not the one that was shown",
  policy_version_wrong: "it was decided by another version of the policy",
  decision_differs: "what was approved is not what was decided about",
  user_wrong: "the statement is of another user",
  credential_unknown: "the passkey was never enrolled",
  credential_enrolled_later: "the passkey was enrolled after it is said to have approved",
  credential_repeated: "the passkey was enrolled before, by another entry, and is not removed",
  credential_revoked: "the passkey had been removed",
  credential_of_other_user: "the passkey is another user's",
  ceremony_wrong: "the browser's data is not of the use of a passkey",
  challenge_wrong: "the user's device signed another statement",
  origin_wrong: "the passkey was used on another page",
  rp_id_wrong: "the passkey was used for another domain",
  user_not_present: "nobody was at the device",
  user_not_verified: "the device did not verify its user",
  counter_regressed: "the passkey's counter went back: it is a copy, or the approval is older",
  assertion_wrong: "the signature is not the passkey's",
  reviewer_wrong: "the statement is of another reviewer",
  vote_missing: "a vote that it names was not cast before, by this reviewer, about this action",
  votes_too_few: "it has fewer votes than the policy asked for",
  vote_withdrawn: "the passkey of a vote had been removed before the last one was cast",
  approval_missing: "it ran without an approval before it",
  approval_revoked: "its approval had been withdrawn",
  checkpoint_missed: "the chain does not pass through the checkpoint: it was written anew",
} as const;

export type Reason = keyof typeof reasons;

/** What refuses a line. */
export class Refused extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}

/** @throws Refused unless it holds */
export function must(holds: boolean, reason: Reason): asserts holds {
  if (!holds) throw new Refused(reason);
}
