import { type Dialect, INITIAL_STATE } from "../database/dialect.ts";

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
    collected: (expression) => `json_agg(${expression})`,
    texts: (parameter) => `SELECT jsonb_array_elements_text(${parameter})`,
    isAmong: (column, query) => `${column} = ANY (ARRAY(${query}))`,
    // One clock for all processes, and one that goes on within a transaction.
    now: "(extract(epoch FROM clock_timestamp()) * 1000)::double precision",
    skipLocked: "FOR UPDATE SKIP LOCKED",
  };
}
