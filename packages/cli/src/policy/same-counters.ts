import type { CompiledPolicy } from "@require-action/engine/policy";

/** The counters that two policies have alike: what is counted, by whom, over which window, and which actions add to it. */
export function sameCounters(policy: CompiledPolicy, before: CompiledPolicy | undefined): ReadonlySet<string> {
  if (before === undefined) return new Set();
  const [now, then] = [definitions(policy), definitions(before)];
  return new Set([...now].filter(([name, definition]) => then.get(name) === definition).map(([name]) => name));
}

function definitions(policy: CompiledPolicy): ReadonlyMap<string, string> {
  const counted = new Map<string, { plan: unknown; actions: string[] }>();
  for (const code of policy.actionCodes.toSorted()) {
    for (const { bumps, ...plan } of policy.action(code)?.counters ?? []) {
      const known = counted.get(plan.name) ?? { plan, actions: [] };
      if (bumps) known.actions.push(code);
      counted.set(plan.name, known);
    }
  }
  return new Map(Array.from(counted, ([name, definition]) => [name, JSON.stringify(definition)]));
}
