import { PrismaPg } from "@prisma/adapter-pg";
import { drizzle } from "drizzle-orm/node-postgres";
import Knex from "knex";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { PostgresTransaction } from "../src/index.ts";
import { PrismaClient } from "./prisma/client/client.ts";

/** A database as an application has it by way of a package. */
export interface Application {
  /** Runs `work` in a transaction: it commits where `work` resolves, and is rolled back where it rejects. */
  transaction<Answer>(work: (transaction: PostgresTransaction) => Promise<Answer>): Promise<Answer>;
  /** What the same package offers outside of one. */
  readonly outside: PostgresTransaction;
  close(): Promise<unknown>;
}

/** How many transactions may be open at once: conformance has many wait for one another. */
const CONNECTIONS = 10;

/** The packages whose transactions are taken. */
export const queryBuilders: readonly { readonly name: string; open(url: string): Application }[] = [
  {
    name: "pg",
    open(url) {
      const pool = openPool(url);
      return {
        outside: pool,
        close: () => pool.end(),
        async transaction(work) {
          const client = await pool.connect();
          try {
            await client.query("BEGIN");
            const answer = await work(client);
            await client.query("COMMIT");
            return answer;
          } catch (error) {
            await client.query("ROLLBACK");
            throw error;
          } finally {
            client.release();
          }
        },
      };
    },
  },
  {
    name: "Drizzle",
    open(url) {
      const pool = openPool(url);
      const database = drizzle(pool);
      return { outside: database, close: () => pool.end(), transaction: (work) => database.transaction(work) };
    },
  },
  {
    name: "Kysely",
    open(url) {
      const database = new Kysely<object>({ dialect: new PostgresDialect({ pool: openPool(url) }) });
      return {
        outside: database,
        close: () => database.destroy(),
        transaction: (work) => database.transaction().execute(work),
      };
    },
  },
  {
    name: "Knex",
    open(url) {
      const database = Knex({ client: "pg", connection: url, pool: { min: 0, max: CONNECTIONS } });
      return { outside: database, close: () => database.destroy(), transaction: (work) => database.transaction(work) };
    },
  },
  {
    name: "Prisma",
    open(url) {
      const database = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: CONNECTIONS }) });
      return {
        outside: database,
        close: () => database.$disconnect(),
        transaction: (work) => database.$transaction(work, { maxWait: 60_000, timeout: 60_000 }),
      };
    },
  },
];

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  pool.on("error", () => {});
  return pool;
}
