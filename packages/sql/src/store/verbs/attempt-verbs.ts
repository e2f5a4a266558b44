import type { Store } from "@require-action/engine";
import { hashKey } from "../../database/hash-key.ts";
import type { Statement } from "../../database/statement.ts";
import type { StoreContext } from "../records/store-context.ts";

/** The verbs of attempts. */
export function createAttemptVerbs({ dialect, run }: StoreContext): Pick<Store, "countAttempt" | "resetAttempts"> {
  const attempts = dialect.table("attempts");
  // Stops one past the limit, which separates the refused from the last that was allowed.
  const count: Statement = {
    main: `INSERT INTO ${attempts} AS made (key, count, expires_at) VALUES ($key, 1, $endsAt)
      ON CONFLICT (key) DO UPDATE SET
        count = CASE
          WHEN made.expires_at <= $now THEN 1
          WHEN made.count > $limit THEN made.count
          ELSE made.count + 1
        END,
        expires_at = CASE WHEN made.expires_at <= $now THEN excluded.expires_at ELSE made.expires_at END
      RETURNING count, expires_at`,
  };
  const reset: Statement = { main: `DELETE FROM ${attempts} WHERE key = $key RETURNING key` };

  return {
    async countAttempt(key, limit, windowMs, now) {
      const parameters = { key: hashKey(...key), limit, now, endsAt: now + windowMs };
      const [row] = await run(count, parameters);
      return { allowed: Number(row!["count"]) <= limit, endsAt: Number(row!["expires_at"]) };
    },
    resetAttempts: async (key) => void (await run(reset, { key: hashKey(...key) })),
  };
}
