import { createHash } from "node:crypto";
import type { Dialect } from "../dialect.ts";
import type { Driver, Row } from "../driver.ts";
import { boundValue, type Parameters, parameterType } from "../parameters.ts";
import { PARAMETER, parameterNames, type Statement } from "../statement.ts";
import { kindOf } from "../unavailable.ts";
import { asText, type PostgresClient, type PostgresQuery } from "./postgres-pool.ts";

/** Serialization failure, deadlock: nothing was done, and the same again may well succeed. */
const CONFLICTS: ReadonlySet<string> = new Set(["40001", "40P01"]);
const TRIES = 3;

interface Compiled {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/** Creates the driver over a pool. Each statement is one round trip, prepared once per connection. */
export function createPostgresDriver(pool: PostgresClient, dialect: Dialect, queryTimeoutMs: number): Driver {
  return {
    dialect,
    async run(statement, parameters) {
      const query = { ...compile(statement, parameters), query_timeout: queryTimeoutMs };
      for (let tries = 1; ; tries++) {
        try {
          return (await pool.query(query)).rows as Row[];
        } catch (error) {
          if (tries === TRIES || !CONFLICTS.has(kindOf(error))) throw error;
        }
      }
    },
    isDuplicate: (error) => kindOf(error) === "23505",
  };
}

/** Carries out a statement inside the transaction that is open on `client`. What went wrong there is for it to roll back. */
export async function runInside(
  client: PostgresClient,
  statement: Statement,
  parameters: Parameters,
): Promise<readonly Row[]> {
  return (await client.query(compile(statement, parameters))).rows as Row[];
}

const compiled = new WeakMap<Statement, Compiled>();

function compile(statement: Statement, values: Parameters): PostgresQuery {
  let known = compiled.get(statement);
  if (known === undefined) {
    known = number(fuse(statement));
    compiled.set(statement, known);
  }
  const { name, text, parameters } = known;
  return { name, text, types: asText, values: parameters.map((parameter) => boundValue(values, parameter)) };
}

/** Makes one statement of a step. */
function fuse({ decide, follow }: Statement): string {
  if (follow === undefined) return decide;
  const parts = [`outcome AS (${decide})`, "decided AS (SELECT 1 FROM outcome WHERE acted)"];
  for (const [index, text] of follow.entries()) parts.push(`follow_${index} AS (${text})`);
  return `WITH ${parts.join(", ")} SELECT * FROM outcome`;
}

/** Numbers the parameters. Their types are told, since those of a `SELECT` list cannot be found out. */
function number(named: string): Compiled {
  const parameters = parameterNames(named);
  const text = named.replaceAll(
    PARAMETER,
    (_, name: string) => `$${parameters.indexOf(name) + 1}::${parameterType(name)}`,
  );
  const name = `require_action_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
  return { name, text, parameters };
}
