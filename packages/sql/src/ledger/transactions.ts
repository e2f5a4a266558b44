import { ConfigurationError } from "@require-action/core";
import type { PostgresClient } from "../postgres/postgres-options.ts";

type Answer = { readonly rows: readonly unknown[] };

/** A transaction of Kysely over PostgreSQL. @see https://kysely.dev/docs/category/transactions */
export interface KyselyTransaction {
  /** Sends a compiled query. */
  executeQuery(query: any): Promise<Answer>;
}

/** A transaction of Drizzle over node-postgres. @see https://orm.drizzle.team/docs/transactions */
export interface DrizzleTransaction {
  /** Sends what `sql` makes. */
  execute(query: any): PromiseLike<unknown>;
}

/** A transaction of Knex over `pg`. @see https://knexjs.org/guide/transactions.html */
export interface KnexTransaction {
  /** Sends a statement, its placeholders as question marks. */
  raw(text: string, bindings: readonly any[]): PromiseLike<unknown>;
}

/** An interactive transaction of Prisma, by its `pg` adapter. @see https://www.prisma.io/docs/orm/prisma-client/queries/transactions */
export interface PrismaTransaction {
  /** Sends a statement whose placeholders are numbered. */
  $queryRawUnsafe(text: string, ...values: any[]): PromiseLike<unknown>;
}

/** What an application has open on PostgreSQL: a `pg` client in a transaction, or a transaction of what stands on one. */
export type PostgresTransaction =
  PostgresClient | KyselyTransaction | DrizzleTransaction | KnexTransaction | PrismaTransaction;

/** Sends statements by way of whatever holds the transaction. None of these packages is loaded: each is told by its verbs. */
export function clientOf(transaction: PostgresTransaction): PostgresClient {
  // Knex's is a function itself.
  const verbs = transaction as unknown as Readonly<Record<string, unknown>> | null | undefined;
  const has = (verb: string): boolean => typeof verbs?.[verb] === "function";
  const by = (send: (text: string, values: unknown[]) => PromiseLike<unknown>): PostgresClient => ({
    query: async ({ text, values = [] }) => (await send(text, values)) as Answer,
  });
  if (has("$queryRawUnsafe")) {
    const prisma = transaction as PrismaTransaction;
    return by(async (text, values) => ({ rows: await prisma.$queryRawUnsafe(text, ...values) }));
  }
  if (has("executeQuery")) {
    const kysely = transaction as KyselyTransaction;
    const query = { kind: "RawNode", sqlFragments: [], parameters: [] };
    return by((sql, parameters) => kysely.executeQuery({ sql, parameters, query, queryId: { queryId: sql } }));
  }
  if (has("raw")) {
    const knex = transaction as KnexTransaction;
    return by((text, values) => {
      const bindings: unknown[] = [];
      // Its placeholders have no numbers, and its own question marks are escaped.
      const numbered = text.replaceAll("?", String.raw`\?`).replaceAll(/\$(\d+)/g, (_, number: string) => {
        bindings.push(values[Number(number) - 1]);
        return "?";
      });
      return knex.raw(numbered, bindings);
    });
  }
  if (has("execute")) {
    const drizzle = transaction as DrizzleTransaction;
    return by((sql, params) => drizzle.execute({ getSQL: () => ({ toQuery: () => ({ sql, params }) }) }));
  }
  if (has("query")) return transaction as PostgresClient;
  throw new ConfigurationError("client", "must be a client of pg, or a transaction of Drizzle, Kysely, Knex or Prisma");
}
