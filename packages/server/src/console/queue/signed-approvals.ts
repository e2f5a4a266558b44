import type { Engine } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";

/**
 * Tells which approvals this reviewer signs with a passkey, each on a page of its own: those of reviews by several or by a group,
 * where receipts are kept.
 */
export async function signedApprovals(engine: Engine, reviewer: string): Promise<(action: ActionRecord) => boolean> {
  if (engine.receipts === undefined) return () => false;
  const { passkeys = [] } = (await engine.reviewers.find(reviewer)) ?? {};
  return ({ review }) => passkeys.length > 0 && ((review?.approvers ?? 1) > 1 || review?.of !== undefined);
}
