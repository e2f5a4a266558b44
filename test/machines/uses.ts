import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";

/** How many use approvals at the same time. */
export const WORKERS = 8;
/** How long a claim lasts. */
export const TTL_MS: number = 24 * 60 * 60_000;
/** How long a server is used before it dies, and how often at least. */
const USED_MS = 400;
const LEAST_USES = 4 * WORKERS;

/** One approval, and who uses it. */
export interface Use {
  readonly key: string;
  readonly owner: string;
  readonly approvedAt: number;
}

/** Claims an approval. Undefined, or a rejection, is an answer that did not come: it may be claimed, or not. */
export type Claim = (use: Use) => Promise<boolean | undefined>;

/** An approval that was given just now. */
export function newUse(): Use {
  return { key: randomUUID(), owner: randomUUID(), approvedAt: Date.now() };
}

/** Has workers use one approval after another while `happen` goes on. Answers those that they were told to have used. */
export async function useUnderLoad(claim: Claim, happen: () => Promise<void>): Promise<readonly Use[]> {
  const won: Use[] = [];
  const over = new AbortController();
  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const use = newUse();
      const isWon = await claim(use).catch(() => undefined);
      if (isWon) won.push(use);
      if (isWon === undefined) await pass(5);
    }
  };
  const workers = Array.from({ length: WORKERS }, work);
  await pass(USED_MS);
  while (won.length < LEAST_USES) await pass(20);
  await happen().finally(() => over.abort());
  await Promise.all(workers);
  return won;
}
