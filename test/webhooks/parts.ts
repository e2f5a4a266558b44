import { createEngine, type EngineOptions, type Store } from "@require-action/engine";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { openPool, openSqliteFile, PATIENCE_MS } from "../../packages/sql/test/databases.ts";

/** What every process makes its engine of. */
export const engineOptions: Pick<EngineOptions, "baseUrl" | "issuer" | "policy" | "secrets"> = {
  policy: { actions: { "sign-in": { defaultOutcome: "ALLOW" }, "withdraw-funds": { defaultOutcome: "CHALLENGE" } } },
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "bank",
  baseUrl: "https://bank.example",
};

/** What every process makes its webhooks of. */
export const webhookOptions: { readonly apiSecrets: readonly string[]; readonly tenantId: string } = {
  apiSecrets: ["a-server-api-secret"],
  tenantId: "bank",
};

/** The store that a process finds by its environment. */
export async function openStore(): Promise<Store> {
  const { SQLITE_FILE: file, SCHEMA: schema = "" } = process.env;
  if (file !== undefined) return createSqliteStore(openSqliteFile(file), { busyTimeoutMs: 20_000 });
  const pool = openPool({ max: 2, connectionTimeoutMillis: 4 * PATIENCE_MS });
  return createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS });
}

/** How long after an event the log has it. */
export const LOG_DELAY_MS: number = 25 * 60_000;

/** An application's use of its engine. */
interface Uses {
  /** An action that is allowed. */
  allow(userId: string): Promise<void>;
  /** A challenge of a new user, who enters a wrong code and then the right one. */
  challenge(userId: string): Promise<void>;
}

/** An engine in use, at the time that `now` says. */
export function createUses(store: Store, now: () => number = Date.now): Uses {
  const codes = new Map<string, string>();
  const engine = createEngine({
    ...engineOptions,
    store,
    clock: { now },
    delivery: { sendEmail: ({ userId, code }) => void codes.set(userId, code) },
  });
  const track = (userId: string, action: string) =>
    engine.track({ userId, action, attributes: { idempotencyKey: userId } }, { signal: new AbortController().signal });

  return {
    async allow(userId) {
      await track(userId, "sign-in");
    },
    async challenge(userId) {
      const method = "EMAIL_OTP";
      const email = `${userId}@bank.example`;
      await engine.authenticators.enrollVerified(userId, { verificationMethod: method, email });
      const { token = "" } = await track(userId, "withdraw-funds");
      await engine.challenges.send(token, method);
      const code = codes.get(userId) ?? "";
      await engine.challenges.verify(token, method, code === "000000" ? "111111" : "000000").catch(() => undefined);
      await engine.challenges.verify(token, method, code);
    },
  };
}
