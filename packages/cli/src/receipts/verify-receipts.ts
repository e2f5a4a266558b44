import { canonicalJson } from "@require-action/core/options";
import { CLOCK_TOLERANCE_MS, type Credential, type RelyingPartyTerms, verifyPasskey } from "./passkey-proof.ts";
import { isRecord, type Members } from "./entry-form.ts";
import { isWithheld, type KeySet, readLine, type ReceiptLine, sha256, verifySignature } from "./receipt-line.ts";
import { attested, byEngine, described, type Found, type VerifiedLine } from "./findings.ts";
import { createChainReader } from "./chain-reader.ts";
import { must, type Reason, Refused } from "./reasons.ts";

const DIGEST_PREFIX = "require-action/approve/1\0";

/** What receipts are verified by. */
export interface VerifyTerms extends RelyingPartyTerms {
  readonly keys: KeySet;
  readonly now: number;
  /** The domain of reviewers' passkeys, where it is another one. */
  readonly reviewersRpId?: string | undefined;
  /** Takes parts of a chain: batches may be left out before a head's batch begins, and entries may be withheld. */
  readonly isExcerpt?: boolean;
  /** A head that was kept elsewhere: a line that has to be in the file. */
  readonly checkpoint?: string | undefined;
}

/** The outcome: everything holds, or the first thing that does not. */
export interface Verification {
  /** Lines whose entries are withheld. */
  readonly withheld: number;
  readonly lines: readonly VerifiedLine[];
  readonly refused?: { readonly position: number; readonly reason: Reason };
}

/** Users and reviewers have passkeys apart from each other. */
type Whose = "user" | "reviewer";

interface Known {
  readonly entry: Members;
  revokedAt?: number;
}

/** Verifies a file of receipts, line by line, up to the first that is refused. Asks nobody, and reads nothing else. */
export function verifyReceipts(text: string, terms: VerifyTerms): Verification {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const verified: VerifiedLine[] = [];
  let withheld = 0;
  const verifier = createLineVerifier(lines, terms);
  let position = 1;
  try {
    must(lines.length > 0, "file_empty");
    for (const line of lines) {
      const found = verifier.verify(line);
      if (found === undefined) withheld++;
      else verified.push(found);
      position++;
    }
    position = lines.length;
    must(verifier.isClosed(), "file_truncated");
    must(terms.checkpoint === undefined || lines.includes(terms.checkpoint.trim()), "checkpoint_missed");
    return { lines: verified, withheld };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return {
      lines: verified,
      withheld,
      refused: { position: lines.length === 0 ? 0 : position, reason: error.reason },
    };
  }
}

function createLineVerifier(
  lines: readonly string[],
  terms: VerifyTerms,
): {
  /** Verifies a line; `undefined` for one whose entry is withheld. */
  verify(text: string): VerifiedLine | undefined;
  /** True where no lines come after the last head. */
  isClosed(): boolean;
} {
  const known = new Map<string, Known>();
  const credentials = new Map<
    `${Whose} ${string}`,
    Credential & { readonly user: unknown; readonly reviewer: unknown; readonly id: string; readonly isLate: boolean }
  >();
  const chain = createChainReader(terms.isExcerpt ?? false);
  let issuer: string | undefined;
  /** The latest time since the last head. */
  let latest = 0;
  /** The time of the last head. */
  let headAt = 0;

  function isRevoked(id: string, at: number): boolean {
    const { revokedAt } = known.get(id) ?? {};
    return revokedAt !== undefined && at > revokedAt + CLOCK_TOLERANCE_MS;
  }

  function sameIssuer(iss: unknown): void {
    must(typeof iss === "string" && (issuer === undefined || iss === issuer), "issuer_wrong");
    issuer = iss;
  }

  function verifyHead(line: ReceiptLine): Found {
    const { entry } = line;
    const kid = verifySignature(line, terms.keys);
    chain.close(line);
    sameIssuer(entry["iss"]);
    must(latest <= entry["at"] + CLOCK_TOLERANCE_MS, "time_after_head");
    latest = 0;
    headAt = entry["at"];
    return {
      provedBy: "engine",
      proved: [`the engine's key ${kid} closed the chain here: no line before was added, dropped or moved since`],
      notProved: ["the time is that of the engine's clock"],
    };
  }

  function verifyApproved(line: ReceiptLine): Found {
    const { entry } = line;
    const kid = verifySignature(line, terms.keys);
    const { statement, digest, shownText, assertion, user, at, by } = entry;
    verifyDigest(entry);
    sameIssuer(statement["iss"]);
    const displayHash = typeof shownText === "string" ? sha256(shownText) : undefined;
    must(statement["displayHash"] === displayHash, "display_wrong");
    must(statement["user"] === undefined || statement["user"] === user, "user_wrong");
    const decision = compareWithDecision(statement, user, entry["decision"]);
    verifyVotes(entry);
    if (!isRecord(assertion)) return attested(by, kid, statement, decision, entry["votes"]);
    const credential = credentialOf(assertion, "user", at);
    must(credential.user === user, "credential_of_other_user");
    const { origin } = verifyPasskey(assertion, digest, credential, terms, { at, headAt });
    return {
      provedBy: "device",
      proved: [
        `a passkey of ${user} signed, on ${origin}, after verifying its user: ${described(statement)}`,
        ...(displayHash === undefined ? [] : ["the digest of the text that was shown is part of it"]),
      ],
      notProved: [
        ...(statement["user"] === undefined ? ["which action of the user it was: a sign-in names none"] : []),
        ...(statement["bound"] === undefined ? ["the parameters by name: only the sealed key covers them"] : []),
        ...(displayHash === undefined ? ["what was shown: an own page, or a sign-in"] : []),
        credential.isLate
          ? "when the passkey was enrolled: before there were receipts"
          : "that the passkey is the user's: the engine enrolled it",
        ...decision.notProved,
      ],
    };
  }

  /** A passkey that was enrolled before, and not removed. @throws Refused */
  function credentialOf(assertion: Members, whose: Whose, at: number) {
    const id = assertion["credentialId"] as string;
    const other = whose === "user" ? "reviewer" : "user";
    const credential = credentials.get(`${whose} ${id}`) ?? credentials.get(`${other} ${id}`);
    must(credential !== undefined, isEnrolledLater(id) ? "credential_enrolled_later" : "credential_unknown");
    must(!isRevoked(credential.id, at), "credential_revoked");
    return credential;
  }

  function verifyVoted(line: ReceiptLine): Found {
    const { entry } = line;
    const kid = verifySignature(line, terms.keys);
    const { statement, digest, assertion, reviewer, at, decision } = entry;
    verifyDigest(entry);
    sameIssuer(statement["iss"]);
    must(statement["reviewer"] === reviewer, "reviewer_wrong");
    const { reviewer: _named, ...others } = statement;
    const { notProved } = compareWithDecision(others, others["user"], decision);
    if (!isRecord(assertion)) return attested({ actor: reviewer }, kid, others, { notProved });
    const credential = credentialOf(assertion, "reviewer", at);
    must(credential.reviewer === reviewer, "credential_of_other_user");
    const rpId = terms.reviewersRpId ?? terms.rpId;
    const { origin } = verifyPasskey(assertion, digest, credential, { ...terms, rpId }, { at, headAt });
    return {
      provedBy: "device",
      proved: [
        `a passkey of the reviewer ${reviewer} signed, on ${origin}, after verifying its user: ${described(others)}`,
      ],
      notProved: [
        "what the reviewer was shown",
        "that the passkey is the reviewer's: the engine enrolled it",
        ...notProved,
      ],
    };
  }

  /** Of an action that several reviewers approve: that so many did, each by an entry of their own. @throws Refused */
  function verifyVotes({ votes = {}, decision, at }: Members): void {
    const { approvers = 0 } = known.get(decision)?.entry ?? {};
    // In the order of the file: that of the object puts names that look like numbers first.
    for (const reviewer of Object.keys(votes).toSorted()) {
      const vote = known.get(votes[reviewer])?.entry;
      const isOfThis = vote?.["type"] === "voted" && vote["reviewer"] === reviewer && vote["decision"] === decision;
      must(isOfThis, "vote_missing");
      const credential = credentials.get(`reviewer ${vote["assertion"]?.credentialId}`);
      must(credential === undefined || !isRevoked(credential.id, at), "vote_withdrawn");
    }
    must(Object.keys(votes).length >= approvers, "votes_too_few");
  }

  function compareWithDecision(
    statement: Members,
    user: unknown,
    id: string,
  ): { readonly notProved: readonly string[] } {
    const decided = known.get(id)?.entry;
    if (decided?.["type"] !== "decided")
      return { notProved: ["what the policy decided: from before there were receipts"] };
    const { displayHash: _hash, locale: _locale, policyVersion, ...others } = statement;
    const of = decided["statement"] as Members;
    must(policyVersion === undefined || policyVersion === of["policyVersion"], "policy_version_wrong");
    must(of["user"] === user, "decision_differs");
    for (const [name, value] of Object.entries(others)) {
      must(of[name] !== undefined && canonicalJson(of[name]) === canonicalJson(value), "decision_differs");
    }
    // Whoever names the user names everything.
    must(
      others["user"] === undefined || (others["bound"] === undefined) === (of["bound"] === undefined),
      "decision_differs",
    );
    return { notProved: [] };
  }

  function isEnrolledLater(credentialId: string): boolean {
    return lines.some(
      (line) => line.includes(`"credentialId":${JSON.stringify(credentialId)}`) && line.includes('"type":"enrolled"'),
    );
  }

  function verifyEntry(line: ReceiptLine): Found {
    const { entry } = line;
    const { type, id, at, of } = entry;
    switch (type) {
      case "head":
        return verifyHead(line);
      case "approved":
        return verifyApproved(line);
      case "voted":
        return verifyVoted(line);
      case "decided":
        sameIssuer(entry["statement"]["iss"]);
        return byEngine(`the policy decided ${entry["outcome"]} about ${described(entry["statement"])}`);
      case "enrolled":
        if (typeof entry["credentialId"] === "string") {
          const { credentialId, publicKey, user, reviewer, isLate = false } = entry;
          const whose: Whose = reviewer === undefined ? "user" : "reviewer";
          const before = credentials.get(`${whose} ${credentialId}`);
          // Whoever makes a passkey chooses its id, and may make one again that was removed.
          must(before === undefined || known.get(before.id)?.revokedAt !== undefined, "credential_repeated");
          credentials.set(`${whose} ${credentialId}`, {
            publicKey: publicKey,
            user,
            reviewer,
            id,
            isLate,
            signCount: 0,
            latest: [],
          });
        }
        return byEngine(`${entry["user"] ?? entry["reviewer"]} has a ${entry["method"]}`, "that it is their own");
      case "executed": {
        const approval = known.get(of)?.entry;
        must(approval?.["type"] === "approved" || approval?.["outcome"] === "ALLOW", "approval_missing");
        must(id === `executed:${of.slice(of.indexOf(":") + 1)}`, "entry_unknown");
        must(!isRevoked(of, at), "approval_revoked");
        return byEngine(`a guard handed ${of} to its handler, once`, "what the handler did");
      }
      case "revoked": {
        const revoked = known.get(of);
        if (revoked !== undefined) revoked.revokedAt ??= at;
        return byEngine(`${of} counts for nothing from then on`);
      }
      default:
        throw new Refused("entry_unknown");
    }
  }

  return {
    isClosed: chain.isClosed,
    verify(text) {
      const line = readLine(text);
      chain.place(line);
      if (isWithheld(line)) return undefined;
      const { entry } = line;
      const { id, type, at } = entry as { readonly id: string; readonly type: string; readonly at: number };
      must(!known.has(id), "entry_repeated");
      must(id.startsWith(`${type}:`), "entry_unknown");
      must(at <= terms.now + CLOCK_TOLERANCE_MS, "time_in_future");
      if (type !== "head") latest = Math.max(latest, at);
      const found = verifyEntry(line);
      known.set(id, { entry });
      return { position: line.position, id, type, at, ...found };
    },
  };
}

/** @throws Refused where the digest is not that of the statement */
function verifyDigest({ type, id, statement, nonce, digest }: Members): void {
  const parts = [Buffer.from(DIGEST_PREFIX), Buffer.from(canonicalJson(statement)), Buffer.from(nonce, "base64url")];
  must(digest === sha256(Buffer.concat(parts)) && id === `${type}:${digest}`, "digest_wrong");
}
