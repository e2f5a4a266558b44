import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { decideWith } from "./decisions.ts";
import type { FoundPostgres, FoundSqlite } from "./services.ts";

/** A store that has kept this many actions, and a decision in it. */
export interface GrownStore {
  readonly actions: number;
  decide(): Promise<boolean>;
}

/** Grows a store: the first action is tracked, and the others are made of it within the database. */
export async function growPostgres({ pool, createSchema }: FoundPostgres, actions: number): Promise<GrownStore> {
  const schema = createSchema();
  const store = await createPostgresStore(pool, { schema, migrate: true });
  const decide = decideWith(store, "facts");
  await decide();
  await pool.query(
    `INSERT INTO "${schema}".actions (document)
     SELECT document || jsonb_build_object('userId', 'user-' || one % $2, 'idempotencyKey', 'grown-' || one,
       'actionId', gen_random_uuid(), 'createdAt', (document ->> 'createdAt')::double precision - one)
     FROM (SELECT document FROM "${schema}".actions LIMIT 1) AS first, generate_series(2, $1::integer) AS one`,
    [actions, usersOf(actions)],
  );
  await pool.query(`VACUUM ANALYZE "${schema}".actions`);
  return { actions, decide };
}

export async function growSqlite({ open }: FoundSqlite, actions: number): Promise<GrownStore> {
  const database = open();
  const decide = decideWith(createSqliteStore(database, { migrate: true }), "facts");
  await decide();
  database
    .prepare(
      `WITH RECURSIVE numbers (one) AS (SELECT 2 UNION ALL SELECT one + 1 FROM numbers WHERE one < $actions)
       INSERT INTO require_action_actions (document)
       SELECT json_set(document, '$.userId', 'user-' || one % $users, '$.idempotencyKey', 'grown-' || one,
         '$.actionId', lower(hex(randomblob(16))), '$.createdAt', (document ->> 'createdAt') - one)
       FROM (SELECT document FROM require_action_actions LIMIT 1) AS first, numbers`,
    )
    .run({ actions, users: usersOf(actions) });
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return { actions, decide };
}

/** Ten actions for each user. */
function usersOf(actions: number): number {
  return Math.ceil(actions / 10);
}
