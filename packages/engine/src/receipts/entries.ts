import { hash } from "node:crypto";
import { canonicalJson } from "@require-action/core/options";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type {
  ApprovalRecord,
  ChainedReceipt,
  ReceiptRecord,
  ReviewRecord,
  ReviewVote,
} from "../store/receipt-records.ts";
import { statementText } from "./statement.ts";

/** What happened, in the words of the file format. */
type EntryType = "enrolled" | "decided" | "voted" | "approved" | "executed" | "revoked" | "head";

/** In the place of the line before the first. Part of the format. */
const BEGINNING: string = hash("sha256", "require-action/receipts/1", "base64url");

/** The id of the entry about an action's decision. */
export function decidedId({ actionId }: Pick<ActionRecord, "actionId">): string {
  return `decided:${actionId}`;
}

/** The id of the entry about an approval. */
export function approvedId({ digest }: Pick<ApprovalRecord, "digest">): string {
  return `approved:${digest}`;
}

/** The id of the entry about a vote. */
export function votedId({ digest }: Pick<ApprovalRecord, "digest">): string {
  return `voted:${digest}`;
}

/** The id of the entry about what may approve from now on: an authenticator, or a reviewer's passkey by its credential id. */
export function enrolledId(id: string): string {
  return `enrolled:${id}`;
}

/** The id of the entry that says that an approval, or a decision, was handed to its handler. */
export function executedId(of: string): string {
  return `executed:${of.slice(of.indexOf(":") + 1)}`;
}

/** The id of the entry that ends another one. */
export function revokedId(of: string): string {
  return `revoked:${of}`;
}

/** An action as it was decided. Put together as text, as every decision passes here. */
export function decidedEntry(iss: string, action: ActionRecord): ReceiptRecord {
  const entryId = decidedId(action);
  const { approvers } = action.review ?? {};
  const needs = approvers === undefined ? "" : `"approvers":${approvers},`;
  const entry = `{${needs}"at":${action.createdAt},"id":${JSON.stringify(entryId)},"outcome":"${action.outcome}","statement":${statementText(iss, action)},"type":"decided"}`;
  return { entryId, entry };
}

/** Who approved, where no device has signed. */
export interface ApprovedBy {
  readonly method?: string | undefined;
  readonly authenticator?: string | undefined;
  /** A reviewer, or an operator of the application's. */
  readonly actor?: string | undefined;
}

/** An approval: the statement, the nonce of its ceremony, and what the device has signed or who it was. */
export function approvedEntry(
  at: number,
  { actionId, userId: user }: Pick<ActionRecord, "actionId" | "userId">,
  { statement, nonce, digest, shownText, assertion }: ApprovalRecord,
  by: ApprovedBy,
  votes?: Readonly<Record<string, string>>,
): ReceiptRecord {
  return entryOf("approved", approvedId({ digest }), at, {
    decision: decidedId({ actionId }),
    user,
    statement: JSON.parse(statement) as unknown,
    nonce,
    digest,
    by: present(by),
    ...present({ shownText, assertion, votes }),
  });
}

/** An approval by one of several reviewers. */
export function votedEntry(
  at: number,
  { actionId }: Pick<ActionRecord, "actionId">,
  reviewer: string,
  { statement, nonce, digest, assertion }: ApprovalRecord,
): ReceiptRecord {
  return entryOf("voted", votedId({ digest }), at, {
    decision: decidedId({ actionId }),
    reviewer,
    statement: JSON.parse(statement) as unknown,
    nonce,
    digest,
    ...present({ assertion }),
  });
}

/** The votes that a review was approved by: the ids of their entries, by reviewer. */
export function countedVotes({ votes }: ReviewRecord): Readonly<Record<string, string>> | undefined {
  const counted = votes?.filter(({ isVoid, approval }: ReviewVote) => isVoid === undefined && approval !== undefined);
  return counted && Object.fromEntries(counted.map(({ reviewer, approval }) => [reviewer, votedId(approval!)]));
}

/** An approval, or with ALLOW the decision, that a guard has handed to its handler. */
export function executedEntry(at: number, of: string): ReceiptRecord {
  return entryOf("executed", executedId(of), at, { of });
}

/**
 * An authenticator that may approve from now on. Of a credential that was there before there were receipts, `isLate`: its entry comes
 * with its first approval.
 */
export function enrolledEntry(
  at: number,
  { userId: user, userAuthenticatorId: authenticator, verificationMethod: method, credential }: AuthenticatorRecord,
  publicKey: string | undefined,
  isLate: boolean,
): ReceiptRecord {
  return entryOf("enrolled", enrolledId(authenticator), at, {
    user,
    authenticator,
    method,
    ...present({ credentialId: credential?.credentialId, publicKey, isLate: isLate || undefined }),
  });
}

/** A passkey of a reviewer, who may vote with it from now on. */
export function reviewerEnrolledEntry(
  at: number,
  reviewer: string,
  credentialId: string,
  publicKey: string,
  isLate: boolean,
): ReceiptRecord {
  const members = { reviewer, method: "PASSKEY", credentialId, publicKey, ...present({ isLate: isLate || undefined }) };
  return entryOf("enrolled", enrolledId(credentialId), at, members);
}

/** What counts for nothing from now on, and whose it was: an authenticator, a reviewer's passkey, an approval or a decision. */
export function revokedEntry(
  at: number,
  of: string,
  whose: { readonly user: string } | { readonly reviewer: string },
  reason: string | undefined,
): ReceiptRecord {
  return entryOf("revoked", revokedId(of), at, { of, ...whose, ...present({ reason }) });
}

/** The end of a batch, which is signed: `position` lines are there with it. */
export function headEntry(iss: string, batch: number, at: number, position: number, previous: string): ReceiptRecord {
  return entryOf("head", `head:${batch}`, at, { iss, batch, position, previous });
}

function entryOf(type: EntryType, entryId: string, at: number, members: object): ReceiptRecord {
  return { entryId, entry: canonicalJson({ ...members, at, id: entryId, type }) };
}

/** An entry in its place, as a line of the file: canonical JSON, as its names are in order. */
export function lineOf({ entry, position, previous, signature }: ChainedReceipt): string {
  const signed = signature === undefined ? "" : `,"signature":"${signature}"`;
  return `{"entry":${entry},"position":${position},"previous":"${previous}"${signed}}`;
}

/** The line of an excerpt that keeps back what it says: the hash of the entry is in the entry's place. */
export function withheldLineOf(line: ChainedReceipt): string {
  return lineOf({ ...line, entry: `"${hash("sha256", line.entry, "base64url")}"` });
}

/** What the line after this one names as `previous`: the hash of what is left of it when its entry is withheld. */
export function hashOfLine(line: ChainedReceipt | undefined): string {
  return line === undefined ? BEGINNING : hash("sha256", withheldLineOf(line), "base64url");
}

/** The members that are there. */
function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
