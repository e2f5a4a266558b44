import type { Store } from "@require-action/engine";
import type { ChallengeRecord } from "@require-action/engine/store";
import type { Statement } from "../../database/statement.ts";
import { tracing } from "./audit-verbs.ts";
import { DOCUMENT, recordOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";

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
