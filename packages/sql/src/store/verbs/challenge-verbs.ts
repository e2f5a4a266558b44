import type { Store } from "@require-action/engine";
import type { ChallengeRecord } from "@require-action/engine/store";
import type { Statement } from "../../database/driver.ts";
import { hashKey } from "../../database/parameters.ts";
import { DOCUMENT, recordOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";

const KEY = "action_id = $actionId AND user_authenticator_id = $userAuthenticatorId";

type ChallengeVerbs = Pick<Store, "findChallenge" | "putChallenge" | "takeChallenge">;

/** The verbs of challenges. */
export function createChallengeVerbs({ dialect, run }: StoreContext): ChallengeVerbs {
  const challenges = dialect.table("challenges");
  const put: Statement = {
    main: `INSERT INTO ${challenges} (document) VALUES ($document)
      ON CONFLICT (action_id, user_authenticator_id) DO UPDATE SET document = excluded.document
      RETURNING true AS applied`,
    followUp: [tracing(dialect)],
  };
  const find: Statement = { main: `SELECT ${DOCUMENT} FROM ${challenges} WHERE ${KEY} AND expires_at > $now` };
  const take: Statement = {
    main: `DELETE FROM ${challenges} WHERE ${KEY} AND challenge_id = $challengeId RETURNING challenge_id`,
  };

  return {
    putChallenge: async (challenge, event) => void (await run(put, { document: challenge, event })),
    async findChallenge(actionId, userAuthenticatorId, now) {
      const [row] = await run(find, { actionId, userAuthenticatorId, now });
      return recordOf(row) as ChallengeRecord | undefined;
    },
    async takeChallenge({ actionId, userAuthenticatorId, challengeId }) {
      return (await run(take, { actionId, userAuthenticatorId, challengeId })).length === 1;
    },
  };
}

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
