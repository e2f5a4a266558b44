/** What a query is sent as. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Under which the connection keeps it prepared. */
  readonly name?: string;
  /** Milliseconds after which the client gives up. */
  readonly query_timeout?: number;
  /** How values are read. */
  readonly types?: {
    /** Answers with what reads a value. */
    getTypeParser(): (value: string) => string;
  };
}

/** Values as PostgreSQL writes them, whatever an application has set `pg` to make of them. */
export const asText: NonNullable<PostgresQuery["types"]> = { getTypeParser: () => (value) => value };

/** Something that takes queries: a `pg` client, in a transaction or not. */
export interface PostgresClient {
  /** Sends one statement. */
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }>;
  /** `T` within a transaction. */
  getTransactionStatus?(): string | null;
}

/** A client that was taken out of a pool. */
interface PooledPostgresClient extends PostgresClient {
  /** Gives the connection back to the pool; with an error, ends it. */
  release(error?: Error | boolean): void;
}

/**
 * The part of a `pg` pool that is used.
 * @see https://node-postgres.com/apis/pool
 */
export interface PostgresPool extends PostgresClient {
  /** Takes a connection out of the pool. */
  connect(): Promise<PooledPostgresClient>;
  readonly options?: { readonly connectionTimeoutMillis?: number | undefined; readonly max?: number | undefined };
  /** How many wait for a connection. */
  readonly waitingCount?: number;
  /** How many listen for what befalls idle connections. */
  listenerCount?(event: "error"): number;
}
