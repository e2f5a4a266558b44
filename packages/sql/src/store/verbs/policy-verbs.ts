import { ProviderError } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import type { AddedPolicy, Page, PolicyMark, PolicyRecord } from "@require-action/engine/store";
import type { Row, Statement } from "../../database/driver.ts";
import { DOCUMENT, numbersOf, pageOf, recordOf } from "../records/documents.ts";
import { statementsByShape, type StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";

/** Whoever loses a number this often has more to fight with than others who publish. */
const MOST_ATTEMPTS = 100;

type PolicyVerbs = Pick<Store, "addPolicy" | "findNewestPolicy" | "listPolicies">;

/** The verbs of the policy's versions. */
export function createPolicyVerbs({ dialect, run }: StoreContext): PolicyVerbs {
  const policies = dialect.table("policies");
  // The key has one winner for each number, who saw the version before it, as none is ever taken away.
  const add: Statement = {
    main: `INSERT INTO ${policies} (number, version, document) VALUES ($number, $policyVersion, $document)
      ON CONFLICT (number) DO NOTHING RETURNING true AS applied`,
    followUp: [tracing(dialect)],
  };
  const findNewest: Statement = {
    main: `SELECT number, ${DOCUMENT} FROM ${policies} WHERE number = (SELECT max(number) FROM ${policies})
      AND ($number IS NULL OR number <> $number OR version <> $policyVersion)`,
  };
  const list = statementsByShape(
    (conditions) => `SELECT number, ${DOCUMENT} FROM ${policies} ${conditions} ORDER BY number DESC LIMIT $limit`,
  );

  async function findNewestPolicy(known?: PolicyMark): Promise<PolicyRecord | undefined> {
    const [row] = await run(findNewest, { number: known?.number, policyVersion: known?.version });
    return row && policyOf(row);
  }

  return {
    findNewestPolicy,
    async addPolicy(policy, event, expected): Promise<AddedPolicy> {
      for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
        const newest = await findNewestPolicy();
        const before = newest?.number ?? 0;
        if (newest?.version === policy.version) return { newest, isNew: false };
        if (expected !== undefined && expected !== before) return { newest, isNew: false };
        const number = before + 1;
        const added = await run(add, { number, policyVersion: policy.version, document: policy, event });
        if (added.length === 1) return { newest: { ...policy, number }, isNew: true };
      }
      throw new ProviderError("provider_busy", `${dialect.name}: too many publish at once`);
    },
    async listPolicies({ number, limit, after }) {
      const [before] = after === undefined ? [] : numbersOf(after, 1);
      const statement = list({
        "number = $number": number !== undefined,
        "number < $before": after !== undefined,
      });
      const rows = await run(statement, { number, before, limit: limit + 1 });
      return pageOf(rows, limit, (last) => String(Number(last["number"])), policyOf) as Page<PolicyRecord>;
    },
  };
}

function policyOf(row: Row): PolicyRecord {
  return { ...(recordOf(row) as Omit<PolicyRecord, "number">), number: Number(row["number"]) };
}
