import type { Dialect } from "../dialect.ts";

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
    field(path, type) {
      const names = path.map((name) => `'${name}'`);
      const last = names.pop();
      const text = `${["document", ...names].join(" -> ")} ->> ${last}`;
      return type === "text" ? text : `(${text})::double precision`;
    },
    patched: (document, patch) =>
      `((${document} - ARRAY(SELECT jsonb_object_keys(${patch} -> 'touched'))) || (${patch} -> 'set'))`,
    collected: (expression) => `json_agg(${expression})`,
    texts: (parameter) => `SELECT jsonb_array_elements_text(${parameter})`,
    isAmong: (column, query) => `${column} = ANY (ARRAY(${query}))`,
    // One clock for all processes, and one that goes on within a transaction.
    now: "(extract(epoch FROM clock_timestamp()) * 1000)::double precision",
    skipLocked: "FOR UPDATE SKIP LOCKED",
  };
}
