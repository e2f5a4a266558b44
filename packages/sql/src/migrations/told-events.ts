import type { Dialect } from "../database/dialect.ts";

/** The columns of an action that its document holds as well, and where. */
const COLUMNS = {
  user_id: ["userId", "text"],
  code: ["action", "text"],
  idempotency_key: ["idempotencyKey", "text"],
  action_id: ["actionId", "text"],
  state: ["state", "text"],
  created_at: ["createdAt", "number"],
} as const;

/**
 * Has the row of an action tell of its being tracked, rather than an event beside it, and lists the trail by time. Actions that
 * are allowed, which is most of them, are no longer indexed by their state. Processes of the version before go on: they
 * add an event of their own, and leave the columns to the database.
 */
export function toldEvents(dialect: Dialect): readonly string[] {
  const { types, table } = dialect;
  const [actions, audit] = [table("actions"), table("audit")];
  const inSchema = actions.includes(".") ? actions.slice(0, actions.lastIndexOf(".") + 1) : "";
  const replace = (name: string, on: string, columns: string, where = ""): readonly string[] => [
    `DROP INDEX ${inSchema}require_action_${name}`,
    `CREATE INDEX require_action_${name} ON ${on} (${columns}) ${where}`,
  ];
  return [
    `ALTER TABLE ${actions} ADD COLUMN tells_event ${types.boolean}`,
    ...replace("actions_created", actions, "created_at, sequence, tells_event"),
    ...replace("actions_user", actions, "user_id, created_at, sequence, tells_event"),
    ...replace("actions_state", actions, "state, created_at, sequence", "WHERE state <> 'ALLOW'"),
    `CREATE INDEX require_action_actions_id ON ${actions} (action_id)`,
    ...replace("audit_occurred", audit, "occurred_at, sequence"),
    ...replace("audit_user", audit, "user_id, occurred_at, sequence", "WHERE user_id IS NOT NULL"),
    ...(dialect.writesColumns ? plainColumns(dialect, inSchema) : []),
  ];
}

/** Turns generated columns into plain ones, which a trigger fills for those who write the document alone. */
function plainColumns({ table, field }: Dialect, inSchema: string): readonly string[] {
  const actions = table("actions");
  const columns = Object.entries(COLUMNS);
  const fill = `${inSchema}fill_action_columns`;
  const assignments = columns.map(
    ([name, [path, type]]) => `NEW.${name} := ${field([path], type).replaceAll("document", "NEW.document")};`,
  );
  return [
    `ALTER TABLE ${actions} ${columns.map(([name]) => `ALTER COLUMN ${name} DROP EXPRESSION`).join(", ")}`,
    `CREATE FUNCTION ${fill}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${assignments.join(" ")} RETURN NEW; END $$`,
    `CREATE TRIGGER fill_added BEFORE INSERT ON ${actions} FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION ${fill}()`,
    `CREATE TRIGGER fill_changed BEFORE UPDATE ON ${actions} FOR EACH ROW EXECUTE FUNCTION ${fill}()`,
  ];
}
