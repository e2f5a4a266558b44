import type { Ledger } from "@require-action/core/ledger";
import type { Breakage } from "./play.ts";
import type { Backend } from "./schedule.ts";

const DAY = 24 * 60 * 60_000;

function claiming(claim: (ledger: Ledger, ...asked: Parameters<Ledger["claim"]>) => Promise<boolean>): Breakage {
  return {
    ledger: (ledger) => ({
      name: ledger.name,
      claim: (...asked) => claim(ledger, ...asked),
      release: (...held) => ledger.release(...held),
    }),
  };
}

/** What was done about T53 and T58, each taken out by itself, and where that must show. */
export const breakages: Readonly<Record<string, Breakage & { readonly shows: readonly Backend[] }>> = {
  "claims that end a minute after the route's age": {
    ...claiming((ledger, key, owner, ttlMs, at) => ledger.claim(key, owner, ttlMs - DAY + 60_000, at)),
    shows: ["redis"],
  },
  "a ledger that takes over claims that have ended, and forgets them": {
    ...claiming((ledger, key, owner, ttlMs) => ledger.claim(key, owner, ttlMs)),
    shows: ["memory", "sqlite"],
  },
  "a Redis ledger that is not told when the approval was given": {
    ...claiming((ledger, key, owner, ttlMs) => ledger.claim(key, owner, ttlMs)),
    shows: ["redis"],
  },
  "a time of approval that is that of the claim": {
    ...claiming((ledger, key, owner, ttlMs) => ledger.claim(key, owner, ttlMs, 4_000_000_000_000)),
    shows: ["redis"],
  },
  "another master that is taken for the one before": {
    connection: ({ evalSha: _, ...client }) => ({
      ...client,
      eval: (script, asked) =>
        client.eval(script.replace('redis.pcall("INFO", "replication")', '"role:master master_replid:same"'), asked),
    }),
    shows: ["redis"],
  },
  "a refusal of what may be forgotten that is taken for a claim": {
    ...claiming((ledger, ...asked) =>
      ledger.claim(...asked).catch((error: { readonly code?: string }) => {
        if (error.code === "action_token_expired") return true;
        throw error;
      }),
    ),
    shows: ["redis", "sqlite"],
  },
  "a provider that takes an open action for an approved one": {
    provider: (provider) => ({
      ...provider,
      validateChallenge: async (request, call) => {
        const answer = await provider.validateChallenge(request, call);
        return answer.idempotencyKey ? { ...answer, isValid: true, state: "CHALLENGE_SUCCEEDED" } : answer;
      },
    }),
    shows: ["memory", "sqlite", "redis"],
  },
};
