import { createHash } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { kindOf } from "../database/database-errors.ts";
import { type Dialect, INITIAL_STATE } from "../database/dialect.ts";
import { APPLIED, type Driver, PARAMETER, parameterNames, type Row, type Statement } from "../database/driver.ts";
import { boundValue, type Parameters, parameterType } from "../database/parameters.ts";
import { watchPool } from "./pool-load.ts";
import {
  asText,
  type PostgresClient,
  type PostgresPool,
  type PostgresQuery,
  type PostgresResult,
  type PostgresSettings,
} from "./postgres-options.ts";

/** Serialization failure, deadlock: nothing was done, and the same again may well succeed. */
const CONFLICTS: ReadonlySet<string> = new Set(["40001", "40P01"]);
/** A pooler in transaction mode gave us a connection on which a statement is prepared that we do not know of, or is not. */
const NOT_PREPARED_HERE: ReadonlySet<string> = new Set(["42P05", "26000"]);
/** A repeated statement waits for a random part of this, so that those that met do not meet again. */
const LONGEST_PAUSE_MS = 4;

interface Compiled {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/**
 * Creates the driver over a pool. Each statement is one round trip, prepared once per connection where `preparedStatements`
 * says so. One that loses to another, as happens above READ COMMITTED, is repeated until `queryTimeoutMs` have passed. Nothing
 * is set on the connection, and no transaction spans two trips, so that it works through poolers.
 */
export function createPostgresDriver(
  pool: PostgresPool,
  dialect: Dialect,
  { queryTimeoutMs, preparedStatements }: Required<Pick<PostgresSettings, "queryTimeoutMs" | "preparedStatements">>,
): Driver {
  const load = watchPool(pool);
  const lanes = createLanes();
  let isPreparing = preparedStatements;

  async function run(statement: Statement, parameters: Parameters): Promise<readonly Row[]> {
    const { attempt, followUp } = statement;
    if (attempt !== undefined && followUp === undefined) {
      const { rowCount } = await execute(attempt, parameters);
      // Where nobody says how many, `main` finds its own.
      if (rowCount) return APPLIED;
    }
    const { rows } = await execute(statement, parameters);
    return rows as Row[];
  }

  async function execute(statement: Statement, parameters: Parameters): Promise<PostgresResult> {
    const query = compile(statement, parameters, queryTimeoutMs);
    const lane = String(parameters["userId"] ?? parameters["key"] ?? "");
    const wait = load.begin(queryTimeoutMs);
    const endsAt = performance.now() + queryTimeoutMs;

    /** Whether this statement was sent by its name last: another one may have ended that for all meanwhile. */
    let wasPrepared = false;
    async function send(): Promise<PostgresResult> {
      wasPrepared = isPreparing;
      const result = await pool.query(isPreparing ? query : unprepared(query));
      wait.answered();
      return result;
    }
    async function sendLater(lost: unknown): Promise<PostgresResult> {
      await pass(Math.random() * LONGEST_PAUSE_MS);
      if (performance.now() >= endsAt) throw lost;
      return send();
    }
    /** Sends it again where nothing was done; throws what is to be reported otherwise. */
    async function sendAgain(failed: unknown): Promise<PostgresResult> {
      let error = failed;
      for (;;) {
        const kind = kindOf(error);
        const isUnprepared = NOT_PREPARED_HERE.has(kind) && wasPrepared;
        if ((!CONFLICTS.has(kind) && !isUnprepared) || performance.now() >= endsAt) throw wait.diagnose(error);
        if (!isUnprepared) wait.answered();
        else if (isPreparing) {
          isPreparing = false;
          warnOfPooler(kind);
        }
        try {
          const lost = error;
          return await (isUnprepared ? send() : lanes.run(lane, () => sendLater(lost)));
        } catch (again) {
          error = again;
        }
      }
    }

    try {
      return await (lanes.isOpen(lane) ? lanes.run(lane, send) : send());
    } catch (error) {
      return await sendAgain(error);
    } finally {
      wait.end();
    }
  }

  return { dialect, run, isBusy: load.isBusy, isDuplicate: (error) => kindOf(error) === "23505" };
}

function warnOfPooler(kind: string): void {
  process.emitWarning(
    `The pooler in front of this database keeps no prepared statements (${kind}), so none is prepared from now on. Set preparedStatements to false.`,
    { type: "RequireActionWarning", code: "RA_POSTGRES_UNPREPARED" },
  );
}

/**
 * Carries out a statement inside the transaction that is open on `client`. What went wrong there is for it to roll back, so
 * nothing is prepared by name: where a pooler stands in between, that would cost the application its transaction.
 */
export async function runInside(
  client: PostgresClient,
  statement: Statement,
  parameters: Parameters,
): Promise<readonly Row[]> {
  return (await client.query(unprepared(compile(statement, parameters)))).rows as Row[];
}

const compiled = new WeakMap<Statement, Compiled>();

function compile(statement: Statement, given: Parameters, timeoutMs?: number): PostgresQuery {
  let known = compiled.get(statement);
  if (known === undefined) {
    known = number(fuse(statement));
    compiled.set(statement, known);
  }
  const { name, text, parameters } = known;
  const values = parameters.map((parameter) => boundValue(given, parameter));
  if (timeoutMs === undefined) return { name, text, types: asText, values };
  return { name, text, types: asText, values, query_timeout: timeoutMs };
}

/** The query without the name under which a connection would keep it. */
function unprepared({ name: _, ...query }: PostgresQuery): PostgresQuery {
  return query;
}

/** Makes one statement of a step. */
function fuse({ main, followUp }: Statement): string {
  if (followUp === undefined) return main;
  const parts = [`outcome AS (${main})`, "applied AS (SELECT 1 FROM outcome WHERE applied)"];
  for (const [index, text] of followUp.entries()) parts.push(`follow_up_${index} AS (${text})`);
  return `WITH ${parts.join(", ")} SELECT * FROM outcome`;
}

/** Numbers the parameters. Their types are declared, since those of a `SELECT` list cannot be inferred. */
function number(named: string): Compiled {
  const parameters = parameterNames(named);
  const text = named.replaceAll(
    PARAMETER,
    (_, name: string) => `$${parameters.indexOf(name) + 1}::${parameterType(name)}`,
  );
  const name = `require_action_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
  return { name, text, parameters };
}

/**
 * Has statements that collided go one after the other: where who comes second fails, ten at once would be one that is carried
 * out and nine that are sent again.
 */
interface Lanes {
  /** True while statements take turns under this key. */
  isOpen(key: string): boolean;
  /** Waits for those before it under the same key. */
  run<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer>;
}

/** Creates no lane yet: each is there for as long as somebody is in it. */
function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  return {
    isOpen: (key) => last.has(key),
    async run(key, work) {
      const done = (last.get(key) ?? Promise.resolve()).then(work);
      const settled = done.catch(() => {});
      last.set(key, settled);
      try {
        return await done;
      } finally {
        if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}

/** PostgreSQL's side. Tables have a schema of their own; `schema` must be a plain identifier. */
export function postgresDialect(schema: string): Dialect {
  return {
    name: "postgres",
    types: {
      sequence: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
      document: "jsonb",
      // Ids are compared byte for byte, whatever the database's locale.
      text: 'text COLLATE "C"',
      number: "double precision",
      boolean: "boolean",
    },
    tableOptions: "",
    table: (name) => `"${schema}".${name}`,
    // A generated column costs more than an index: the document is taken apart once for each.
    writesColumns: true,
    field(path, type) {
      const names = path.map((name) => `'${name}'`);
      const last = names.pop();
      const text = `${["document", ...names].join(" -> ")} ->> ${last}`;
      return type === "text" ? text : `(${text})::double precision`;
    },
    patched: (document, patch) =>
      `((${document} - ARRAY(SELECT jsonb_object_keys(${patch} -> 'touched'))) || (${patch} -> 'set'))`,
    trackedEvent: `jsonb_strip_nulls(jsonb_build_object('type', 'action.tracked', 'at', document -> 'createdAt',
      'userId', document -> 'userId', 'action', document -> 'action', 'actionId', document -> 'actionId',
      'outcome', document -> 'outcome', 'state', ${INITIAL_STATE}, 'policyVersion', document -> 'policyVersion',
      'ruleIds', (SELECT jsonb_agg(rule -> 'ruleId') FROM jsonb_array_elements(document -> 'rules') AS rule)))`,
    ruleIds: "CAST(jsonb_path_query_array(document, '$.rules[*].ruleId') AS text)",
    collected: (expression) => `json_agg(${expression})`,
    elements: (parameter) => `SELECT value AS document FROM jsonb_array_elements(${parameter})`,
    texts: (parameter) => `SELECT jsonb_array_elements_text(${parameter})`,
    isAmong: (column, query) => `${column} = ANY (ARRAY(${query}))`,
    // One clock for all processes, and one that goes on within a transaction.
    now: "(date_part('epoch', clock_timestamp()) * 1000)",
    skipLocked: "FOR UPDATE SKIP LOCKED",
  };
}
