import type { PolicyMark, PolicyRecord } from "../records.ts";
import type { AddedPolicy } from "../store.ts";
import type { Page, PolicyFilter } from "../filters.ts";

/** The memory store's versions of the policy. */
interface MemoryPolicies {
  add(policy: Omit<PolicyRecord, "number">, expected: number | undefined): AddedPolicy;
  newest(known: PolicyMark | undefined): PolicyRecord | undefined;
  list(filter: PolicyFilter): Page<PolicyRecord>;
}

/** Keeps the latest versions, so many at most. */
export function createMemoryPolicies(limit: number): MemoryPolicies {
  /** Newest first. */
  let versions: readonly PolicyRecord[] = [];

  return {
    add(policy, expected) {
      const [newest] = versions;
      const number = newest?.number ?? 0;
      if (newest !== undefined && newest.version === policy.version) return { newest, isNew: false };
      if (expected !== undefined && expected !== number) return { newest, isNew: false };
      const added: PolicyRecord = Object.freeze({ ...policy, number: number + 1 });
      versions = [added, ...versions].slice(0, limit);
      return { newest: added, isNew: true };
    },
    newest(known) {
      const [newest] = versions;
      const isKnown = newest?.number === known?.number && newest?.version === known?.version;
      return isKnown ? undefined : newest;
    },
    list({ number, limit: count, after }) {
      const found = versions.filter(
        (one) => (number === undefined || one.number === number) && (after === undefined || one.number < Number(after)),
      );
      const items = found.slice(0, count);
      const last = items.at(-1);
      return found.length > count && last !== undefined ? { items, next: String(last.number) } : { items };
    },
  };
}
