const warned = new Set<string>();

/** Warns that a handler has not claimed its approval: once for each action, as every such request is an event anyway. */
export function warnUnclaimed(action: string): void {
  if (warned.has(action)) return;
  warned.add(action);
  process.emitWarning(
    `A handler of ${action} answered well without having claimed its approval, which can be used again. Call approvedAction(…).claim(ledger) in the transaction that does what was approved.`,
    { type: "RequireActionWarning", code: "RA_APPROVAL_UNCLAIMED" },
  );
}
