import type { ActionRecord } from "../store/records.ts";
import type { ChainedReceipt, ReceiptRecord } from "../store/receipt-records.ts";
import type { Store } from "../store/store.ts";
import {
  approvedId,
  decidedId,
  enrolledId,
  executedId,
  lineOf,
  revokedId,
  votedId,
  withheldLineOf,
} from "./entries.ts";

/** One entry of an action's receipt. */
export interface ReceiptEntry {
  /** As `approved:` and a digest. */
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number;
  /** Its place in the chain, which a signed head covers; absent until the engine has chained it, within a second or two. */
  readonly position?: number;
  /** All that it says, in the words of the file format. */
  readonly entry: Readonly<Record<string, unknown>>;
}

type Found = ReceiptRecord & Partial<ChainedReceipt>;
type Reading = Pick<Store, "findReceipts" | "listReceipts">;

/** The ids that entries about an action have, whether or not they are there. */
function idsOf(action: ActionRecord): readonly string[] {
  const { approval, verifiedByAuthenticatorId, review } = action;
  const approvals = [decidedId(action), ...(approval === undefined ? [] : [approvedId(approval)])];
  const votes = review?.votes?.flatMap((vote) => vote.approval ?? []) ?? [];
  const credentials = [verifiedByAuthenticatorId, ...votes.map(({ assertion }) => assertion?.credentialId)];
  const enrolments = credentials.filter((id) => id !== undefined).map(enrolledId);
  return [
    ...enrolments,
    ...votes.map(votedId),
    ...approvals,
    ...approvals.map(executedId),
    ...[...enrolments, ...approvals].map((id) => revokedId(id)),
  ];
}

/** The entries about an action and about what has approved it, in the order of the chain; those that wait are last. */
export async function findActionReceipts(store: Reading, action: ActionRecord): Promise<readonly ReceiptEntry[]> {
  const found = await findOf(store, action);
  return found.map(({ entryId: id, entry: text, position }) => {
    const entry = JSON.parse(text) as ReceiptEntry["entry"];
    const { type, at } = entry as { readonly type: string; readonly at: number };
    return { id, type, at, entry, ...(position === undefined ? {} : { position }) };
  });
}

/**
 * The lines of the chain that prove an action's receipt: the batches that its entries are in, of which all other entries are withheld.
 * @param batchSize the most entries that one head closes
 */
export async function excerptOf(store: Reading, action: ActionRecord, batchSize: number): Promise<readonly string[]> {
  const excerpt: string[] = [];
  const ids = new Set(idsOf(action));
  let written = 0;
  for (const { position } of await findOf(store, action)) {
    if (position === undefined || position <= written) continue;
    const after = Math.max(0, position - 1 - batchSize);
    const lines = await store.listReceipts({ after, limit: position - after + batchSize });
    const index = position - after - 1;
    const begin = lines.slice(0, index).findLastIndex(isHead) + 1;
    for (const line of lines.slice(begin)) {
      excerpt.push(isHead(line) || ids.has(line.entryId) ? lineOf(line) : withheldLineOf(line));
      written = line.position;
      if (line.position > position && isHead(line)) break;
    }
  }
  return excerpt;
}

async function findOf(store: Reading, action: ActionRecord): Promise<readonly Found[]> {
  const found = await store.findReceipts(idsOf(action));
  return found.toSorted((one, other) => (one.position ?? Infinity) - (other.position ?? Infinity));
}

function isHead({ entryId }: ReceiptRecord): boolean {
  return entryId.startsWith("head:");
}
