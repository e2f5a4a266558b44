/** What a query is sent as. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Under which the connection keeps it prepared. */
  readonly name?: string;
  /** Milliseconds after which the client gives up. */
  readonly query_timeout?: number;
  /** How values are read. */
  readonly types?: { getTypeParser(): (value: string) => string };
}

/** Values as PostgreSQL writes them, whatever an application has set `pg` to make of them. */
export const asText: NonNullable<PostgresQuery["types"]> = { getTypeParser: () => (value) => value };

/** Something that takes queries: a `pg` client, in a transaction or not. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }>;
  /** `T` within a transaction. */
  getTransactionStatus?(): string | null;
}

/**
 * The part of a `pg` pool that is used.
 * @see https://node-postgres.com/apis/pool
 */
export interface PostgresPool extends PostgresClient {
  connect(): Promise<PostgresClient & { release(error?: Error | boolean): void }>;
  readonly options?: { readonly connectionTimeoutMillis?: number | undefined };
  listenerCount?(event: "error"): number;
}
