import type { Awaitable } from "@require-action/core/provider";
import type { PasskeyAssertion } from "../webauthn/passkey-response.ts";

/** One try at an approval, and what it is about. */
export interface Ceremony {
  /** What is to be approved, as canonical JSON (RFC 8785). */
  readonly statement: string;
  /** Random bytes of this try alone, base64url. */
  readonly nonce: string;
  /** The text that the user was shown, whose hash is in the statement; absent where none was. */
  readonly shownText?: string;
}

/** How an action came to be approved, for others to verify. */
export interface ApprovalRecord extends Ceremony {
  /** SHA-256, base64url, of `require-action/approve/1` and NUL, the statement and the bytes of the nonce. */
  readonly digest: string;
  /** What the user's passkey has signed, with the digest as its challenge; absent where only the engine attests the approval. */
  readonly assertion?: PasskeyAssertion;
}

/** An entry of the receipts, as the step that it is about hands it to the store. */
export interface ReceiptRecord {
  /** What happened and to what, as `approved:` and a digest. There is one entry of an id. */
  readonly entryId: string;
  /** Canonical JSON, kept as it is. */
  readonly entry: string;
  /** A detached JWS over the entry (RFC 7515, appendix F), where it is signed alone. */
  readonly signature?: string;
}

/** An entry that has its place in the chain. */
export interface ChainedReceipt extends ReceiptRecord {
  /** From 1, without gaps. */
  readonly position: number;
  /** SHA-256 of the line before, base64url. */
  readonly previous: string;
}

/** What the chain of receipts ends in, and what is to be added. Read in this order, so that nothing of a newer chain is taken for waiting. */
export interface WaitingReceipts {
  readonly head: ChainedReceipt | undefined;
  readonly waiting: readonly ReceiptRecord[];
}

/** The part of a store that keeps receipts. Each verb is one atomic step, as all are. */
export interface ReceiptStore {
  /** Keeps entries that are of no other step, all or none. Verbs with `receipts` keep them with what they do. One of an id stays. */
  putReceipts(receipts: readonly ReceiptRecord[]): Awaitable<void>;
  /** The end of the chain, and entries that have no place in it yet, in the order in which they came: fewer than `limit` are all. */
  listWaitingReceipts(limit: number): Promise<WaitingReceipts>;
  /**
   * Gives waiting entries their places, and adds the head, which is last and closes them; false, and nothing changed, where there is
   * an entry with the head's id or at its position: somebody else was quicker.
   */
  chainReceipts(chained: readonly ChainedReceipt[]): Promise<boolean>;
  /** Finds entries by their ids, in no certain order. Those that wait have no position. */
  findReceipts(entryIds: readonly string[]): Promise<readonly (ReceiptRecord & Partial<ChainedReceipt>)[]>;
  /** Lists the chain from its beginning, after a position. */
  listReceipts(page: { readonly after: number; readonly limit: number }): Promise<readonly ChainedReceipt[]>;
}

/** An approval by one of several reviewers. */
export interface ReviewVote {
  readonly reviewer: string;
  readonly at: number;
  /** What the reviewer's passkey has signed, or the engine attests. Absent from records of before. */
  readonly approval?: ApprovalRecord;
  /** Does not count, as the reviewer may not approve this any more: found out with the last vote. */
  readonly isVoid?: true;
}

/** The queue's side of an action. */
export interface ReviewRecord {
  /** From then on the review is refused by itself. */
  readonly expiresAt: number;
  /** Who decided it. A review that has failed without a reviewer has expired. */
  readonly reviewer?: string;
  /** Why, in a word that can be counted, as `suspected_fraud`. */
  readonly reason?: string;
  readonly note?: string;
  readonly decidedAt?: number;
  /** How many have to approve, and of which groups; one of anybody when absent. */
  readonly approvers?: number;
  readonly of?: readonly string[];
  /** Who has approved, where several have to, and how many that are: by this a store sees whether one came in between. */
  readonly votes?: readonly ReviewVote[];
  readonly voteCount?: number;
}

/** A reviewer who is looking at an open review. It holds nobody back from deciding. */
export interface ReviewClaim {
  readonly reviewer: string;
  /** The claim ends by itself then, in milliseconds since the epoch. */
  readonly until: number;
}
