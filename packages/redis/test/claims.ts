import type { Ledger } from "@require-action/core/ledger";

export const TTL_MS = 600_000;
export const WINDOW_MS = 60_000;
/** Accepts a server that keeps nothing. */
export const VOLATILE = { checks: { persistence: "warn" } } as const;

/** Waits for at least a millisecond, so that what was approved before is told apart from what is approved after. */
export async function tick(): Promise<number> {
  const startedAt = Date.now();
  while (Date.now() <= startedAt + 1) await new Promise((resolve) => setTimeout(resolve, 1));
  return Date.now();
}

/** What becomes of a claim: won, lost, or the code of its error. */
export function claim(ledger: Ledger, key: string, owner: string, approvedAt?: number): Promise<unknown> {
  return ledger.claim(key, owner, TTL_MS, approvedAt).catch((error: { readonly code?: string }) => error.code);
}
