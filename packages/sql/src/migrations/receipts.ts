import type { Dialect } from "../database/dialect.ts";

/** Receipts. An entry is text, as it is hashed and signed by the byte; it waits until it has a position in the chain. */
export function receipts({ types, table, tableOptions }: Dialect): readonly string[] {
  const name = table("receipts");
  return [
    `CREATE TABLE ${name} (
      sequence ${types.sequence},
      entry_id ${types.text} NOT NULL,
      entry ${types.text} NOT NULL,
      signature ${types.text},
      position ${types.number},
      previous ${types.text}) ${tableOptions}`,
    `CREATE UNIQUE INDEX require_action_receipts_key ON ${name} (entry_id)`,
    `CREATE UNIQUE INDEX require_action_receipts_position ON ${name} (position) WHERE position IS NOT NULL`,
    `CREATE INDEX require_action_receipts_waiting ON ${name} (sequence) WHERE position IS NULL`,
  ];
}

/**
 * Has receipts wait in a table of their own. A decision that adds one writes no index but the key, which rises: each of the others was
 * a page more in SQLite's commit. One of an id is kept when they are chained. Processes of the version before go on: what they add
 * is led there, and what waits already is chained where it is.
 */
export function waitingReceipts({ name, types, table, tableOptions }: Dialect): readonly string[] {
  const [receipts, waiting] = [table("receipts"), table("waiting_receipts")];
  const inSchema = receipts.includes(".") ? receipts.slice(0, receipts.lastIndexOf(".") + 1) : "";
  const wait = `INSERT INTO ${waiting} (entry_id, entry, signature) VALUES (NEW.entry_id, NEW.entry, NEW.signature)`;
  return [
    `CREATE TABLE ${waiting} (
      sequence ${types.sequence},
      entry_id ${types.text} NOT NULL,
      entry ${types.text} NOT NULL,
      signature ${types.text}) ${tableOptions}`,
    ...(name === "sqlite"
      ? [
          `CREATE TRIGGER require_action_receipts_wait BEFORE INSERT ON ${receipts} WHEN NEW.position IS NULL
            BEGIN ${wait}; SELECT RAISE(IGNORE); END`,
        ]
      : [
          `CREATE FUNCTION ${inSchema}have_receipt_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${wait}; RETURN NULL; END $$`,
          `CREATE TRIGGER have_wait BEFORE INSERT ON ${receipts} FOR EACH ROW WHEN (NEW.position IS NULL)
            EXECUTE FUNCTION ${inSchema}have_receipt_wait()`,
        ]),
  ];
}
