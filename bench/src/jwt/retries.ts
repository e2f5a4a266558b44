import { createGuard } from "@require-action/core";
import type { Verdict } from "@require-action/core/adapter";
import { ACTION } from "../subject-policy.ts";
import { type Approval, challengedWithdrawal, createBackend } from "../routes/backend.ts";

/** Verified retries in process: a token validated, a seal opened, a claim made. */
export interface Retries {
  /** Has approvals prepared for as many retries. */
  prepare(count: number): Promise<readonly Approval[]>;
  /** Whether the retry was let through. */
  retry(approval: Approval): Promise<boolean>;
}

export function createRetries(): Retries {
  const backend = createBackend(10);
  const users = new WeakMap<object, string>();
  const protect = createGuard({ ...backend.guard, user: (native) => users.get(native) }).protect(ACTION, {
    bind: () => challengedWithdrawal,
  });
  return {
    prepare: (count) => backend.prepareApprovals(count, "ours"),
    async retry({ userId, token }) {
      const native = {};
      users.set(native, userId);
      const verdict: Verdict = await protect({
        native,
        method: "POST",
        target: "/withdrawals",
        ip: "127.0.0.1",
        header: (name) => (name === "action-token" ? token : undefined),
        body: { sent: true, read: true, value: challengedWithdrawal },
        closed: () => false,
        whenEnded: (tellEnd) => tellEnd(200),
      });
      return verdict.kind === "proceed";
    },
  };
}
