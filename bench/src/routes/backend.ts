import { createGuard, createMemoryLedger, type GuardOptions } from "@require-action/core";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { ACTION, policyOf } from "../subject-policy.ts";
import { createHandWritten, type HandWritten } from "../hand-written.ts";
import { createLimit, type Limit } from "../limit/limit.ts";

/** What rule 0 of the policy challenges; the other withdrawal is allowed. */
export const challengedWithdrawal = { amount: "2000.00", currency: "EUR", payee: "p-0" } as const;

/** An approval that has not been used, and whose it is. */
export interface Approval {
  readonly userId: string;
  readonly token: string;
}

/** What routes have behind them. */
export interface Backend {
  readonly guard: Omit<GuardOptions<object>, "user">;
  readonly byHand: HandWritten;
  readonly limit: Limit;
  /**
   * Has users complete challenges, by codes that reach them by mail: of what our guard asked, or of what the hand-written code
   * did. The limit has approvals of its own.
   */
  prepareApprovals(count: number, askedBy: "by-hand" | "ours" | "limit"): Promise<readonly Approval[]>;
}

const METHOD = "EMAIL_OTP";
/** Codes that one user is sent; the engine's own limit is 20 within ten minutes. */
const APPROVALS_PER_USER = 20;

/** Creates an engine with its memory store, and what asks it. */
export function createBackend(rules: number): Backend {
  const codes = new Map<string, string>();
  const secrets = ["a-secret-of-the-bench-that-is-32-bytes-long"];
  const engine = createEngine({
    policy: policyOf(rules),
    secrets,
    issuer: "bench",
    baseUrl: "https://bench.example",
    store: createMemoryStore(),
    delivery: { sendEmail: ({ userId, code }) => void codes.set(userId, code) },
    limits: { sends: APPROVALS_PER_USER, resultTokenLifetimeMs: 10 * 60_000 },
  });
  const guard = { provider: engine, ledger: createMemoryLedger(), sealSecrets: secrets };
  const byHand = createHandWritten(engine);
  const limit = createLimit(rules);
  let users = 0;

  return {
    guard,
    byHand,
    limit,
    async prepareApprovals(count, askedBy) {
      if (askedBy === "limit") {
        return Array.from({ length: count }, (_, index) => {
          const userId = `user-${index % APPROVALS_PER_USER}`;
          return { userId, token: limit.approve(userId, challengedWithdrawal) };
        });
      }
      const ask = askedBy === "ours" ? askOurGuard(guard) : askByHand(byHand);
      const approvals: Approval[] = [];
      while (approvals.length < count) {
        const userId = `user-${++users}`;
        await engine.authenticators.enrollVerified(userId, {
          verificationMethod: METHOD,
          email: `${userId}@bench.example`,
        });
        for (let code = 0; code < APPROVALS_PER_USER && approvals.length < count; code++) {
          const token = await completeChallenge(engine, await ask(userId), () => codes.get(userId)!);
          approvals.push({ userId, token });
        }
      }
      return approvals;
    },
  };
}

type Ask = (userId: string) => Promise<string>;

function askOurGuard(options: Backend["guard"]): Ask {
  const asking = new WeakMap<object, string>();
  const protect = createGuard({ ...options, user: (native) => asking.get(native) }).protect(ACTION, {
    bind: () => challengedWithdrawal,
  });
  return async (userId) => {
    const native = {};
    asking.set(native, userId);
    const verdict = await protect({
      native,
      method: "POST",
      target: "/withdrawals",
      ip: "127.0.0.1",
      header: () => undefined,
      body: { sent: true, read: true, value: challengedWithdrawal },
      closed: () => false,
      whenEnded: (tellEnd) => tellEnd(200),
    });
    if (verdict.kind !== "reply") throw new Error("the bench's withdrawal was not challenged");
    return (JSON.parse(verdict.body) as { token: string }).token;
  };
}

function askByHand(byHand: HandWritten): Ask {
  return async (userId) => {
    const { token } = await byHand.track(userId, challengedWithdrawal, "127.0.0.1", "bench/1");
    if (token === undefined) throw new Error("the bench's withdrawal was not challenged");
    return token;
  };
}

async function completeChallenge({ challenges }: Engine, token: string, code: () => string): Promise<string> {
  await challenges.send(token, METHOD);
  const { accessToken } = await challenges.verify(token, METHOD, code());
  if (accessToken === undefined) throw new Error("the bench's challenge was not completed");
  return accessToken;
}
