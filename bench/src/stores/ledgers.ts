import { randomBytes } from "node:crypto";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger } from "@require-action/redis";
import { createPostgresLedger } from "@require-action/sql";
import type { FlightSubject } from "../compare-flights.ts";
import type { FoundPostgres, FoundRedis } from "./services.ts";

const TTL_MS = 60_000;

/** The raw command, and our ledger through the same client. */
export type RawAndOurs = readonly [raw: FlightSubject, ours: FlightSubject];

export async function redisLedgers({ client, prefix }: FoundRedis): Promise<RawAndOurs> {
  // What this Redis forgets is its owner's business: nobody relies on these claims.
  const ledger = await createRedisLedger(client, { prefix, checks: { persistence: "warn", eviction: "warn" } });
  return [
    {
      name: "raw SET NX GET PX",
      async call() {
        const { key, owner } = claim();
        const expiration = { type: "PX", value: TTL_MS } as const;
        return (await client.set(`${prefix}:raw:${key}`, owner, { condition: "NX", GET: true, expiration })) === null;
      },
    },
    ours(ledger),
  ];
}

export async function postgresLedgers({ pool, createSchema }: FoundPostgres): Promise<RawAndOurs> {
  const schema = createSchema();
  const ledger = await createPostgresLedger(pool, { schema, migrate: true });
  await pool.query(
    `CREATE TABLE "${schema}".raw (key text PRIMARY KEY, owner text NOT NULL, expires_at double precision NOT NULL)`,
  );
  await pool.query(`CREATE INDEX ON "${schema}".raw (expires_at)`);
  const text = `INSERT INTO "${schema}".raw VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING RETURNING key`;
  return [
    {
      name: "raw INSERT … ON CONFLICT",
      async call() {
        const { key, owner } = claim();
        return (await pool.query({ name: schema, text, values: [key, owner, Date.now() + TTL_MS] })).rows.length === 1;
      },
    },
    ours(ledger),
  ];
}

function ours(ledger: Ledger): FlightSubject {
  return {
    name: `our ${ledger.name} ledger`,
    call() {
      const { key, owner } = claim();
      return ledger.claim(key, owner, TTL_MS, Date.now());
    },
  };
}

/** Of the lengths that the guard's have, which says when the approval was given as well. */
function claim(): { key: string; owner: string } {
  return { key: randomBytes(32).toString("base64url"), owner: randomBytes(16).toString("base64url") };
}
