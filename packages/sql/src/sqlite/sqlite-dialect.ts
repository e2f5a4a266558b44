import { type Dialect, INITIAL_STATE } from "../database/dialect.ts";

/** SQLite's side. Tables have a prefix, as they may share a file with the application's. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  types: {
    sequence: "INTEGER PRIMARY KEY AUTOINCREMENT",
    document: "TEXT",
    text: "TEXT",
    number: "REAL",
    boolean: "INTEGER",
  },
  tableOptions: "STRICT",
  table: (name) => `require_action_${name}`,
  // SQLite takes a document apart once for all of its generated columns, and cannot turn them into plain ones.
  writesColumns: false,
  field(path) {
    const names = path.map((name) => `'${name}'`);
    const last = names.pop();
    return `${["document", ...names].join(" -> ")} ->> ${last}`;
  },
  // A merge patch merges objects within; taking away what it touches first makes it replace them.
  patched: (document, patch) => `json_patch(json_patch(${document}, ${patch} -> 'touched'), ${patch} -> 'set')`,
  trackedEvent: `json_patch('{}', json_object('type', 'action.tracked', 'at', document ->> 'createdAt',
    'userId', document ->> 'userId', 'action', document ->> 'action', 'actionId', document ->> 'actionId',
    'outcome', document ->> 'outcome', 'state', ${INITIAL_STATE}, 'policyVersion', document ->> 'policyVersion',
    'ruleIds', json((SELECT CASE WHEN count(*) > 0 THEN json_group_array(value ->> 'ruleId') END
      FROM json_each(document, '$.rules')))))`,
  collected: (expression) => `json_group_array(${expression})`,
  texts: (parameter) => `SELECT value FROM json_each(${parameter})`,
  isAmong: (column, query) => `${column} IN (${query})`,
  now: "$now",
  skipLocked: "",
};
