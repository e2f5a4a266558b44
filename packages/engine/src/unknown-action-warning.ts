import { nearest } from "./policy/index.ts";

const MAX_WARNED = 100;
const warned = new Set<string>();

/** Warns that a route asks for what the policy does not name, since its client learns no more than a 400: once for each. */
export function warnUnknownAction(action: string, known: readonly string[]): void {
  if (warned.has(action) || warned.size >= MAX_WARNED) return;
  warned.add(action);
  const meant = nearest(action, known);
  process.emitWarning(
    `The policy does not name the action ${action}, so each of its requests is refused.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
    { type: "RequireActionWarning", code: "RA_ACTION_UNKNOWN" },
  );
}
