import type { Outcome } from "@require-action/core/provider";
import { type CompiledPolicy, decideByFacts } from "@require-action/engine/policy";
import type { LoggedAction } from "./action-log.ts";

/** What a policy makes of an action: `REFUSED` where the engine would not decide it at all. */
export type NewOutcome = Outcome | "REFUSED";

/** An action that comes out otherwise. */
export interface Example {
  readonly from: Outcome;
  readonly to: NewOutcome;
  readonly action: string;
  readonly userId: string;
  readonly actionId: string | undefined;
  readonly createdAt: number | undefined;
  readonly rulesThen: readonly string[];
  readonly rulesNow: readonly string[];
}

/** How outcomes shift. */
export interface Shifts {
  readonly judged: number;
  readonly changed: number;
  /** By outcome as recorded, then by outcome now. */
  readonly counts: ReadonlyMap<Outcome, ReadonlyMap<NewOutcome, number>>;
  readonly examples: readonly Example[];
  /** Lines that are no record. */
  readonly malformed: number;
  /** Records that could not be judged, as this fact was not recorded, or not as the policy has it now. */
  readonly lacking: ReadonlyMap<string, number>;
  readonly unjudged: number;
}

/**
 * Judges recorded actions by another policy. A fact that was not recorded is never guessed: the action counts as not judged.
 * What a counter held is believed only when the counter is the same in the policy that was in force, which `before` must be.
 */
export async function backtest(
  policy: CompiledPolicy,
  before: CompiledPolicy | undefined,
  actions: AsyncIterable<LoggedAction | undefined>,
  examplesOfEach: number,
): Promise<Shifts> {
  const counts = new Map<Outcome, Map<NewOutcome, number>>();
  const lacking = new Map<string, number>();
  const examples: Example[] = [];
  const shown = new Map<string, number>();
  const kept = sameCounters(policy, before);
  let [judged, changed, malformed, unjudged] = [0, 0, 0, 0];

  for await (const logged of actions) {
    if (logged === undefined) {
      malformed++;
      continue;
    }
    const { action, outcome: from, facts, policyVersion } = logged;
    const decided = decideByFacts(policy, action, logged, (name) => {
      const counter = /^velocity\.(.*)$/.exec(name)?.[1];
      if (counter !== undefined && policyVersion !== policy.version) {
        if (policyVersion !== before?.version || !kept.has(counter)) return undefined;
      }
      return facts !== undefined && Object.hasOwn(facts, name) ? facts[name] : undefined;
    });
    if (decided.kind === "undecidable") {
      unjudged++;
      for (const name of [...decided.missing, ...decided.mistyped]) lacking.set(name, (lacking.get(name) ?? 0) + 1);
      continue;
    }
    judged++;
    const to = decided.kind === "refused" ? "REFUSED" : decided.outcome;
    const row = counts.get(from) ?? new Map<NewOutcome, number>();
    counts.set(from, row.set(to, (row.get(to) ?? 0) + 1));
    if (from === to) continue;
    changed++;
    const shift = `${from} ${to}`;
    const already = shown.get(shift) ?? 0;
    if (already >= examplesOfEach) continue;
    shown.set(shift, already + 1);
    const { userId, actionId, createdAt, ruleIds: rulesThen } = logged;
    const matched = decided.kind === "refused" ? [] : (decided.decision?.matched ?? []);
    examples.push({
      from,
      to,
      action,
      userId,
      actionId,
      createdAt,
      rulesThen,
      rulesNow: matched.map(({ ruleId }) => ruleId),
    });
  }
  return { judged, changed, counts, examples, malformed, lacking, unjudged };
}

/** The counters that two policies have alike: what is counted, by whom, over which window, and which actions add to it. */
function sameCounters(policy: CompiledPolicy, before: CompiledPolicy | undefined): ReadonlySet<string> {
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
