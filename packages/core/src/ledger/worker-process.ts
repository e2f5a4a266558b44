import cluster from "node:cluster";
import { warningsUrl } from "../reply/errors.ts";

const told = new Set<string>();

/** True for one of several processes of an application: a worker of `node:cluster` or of PM2, which numbers them from 0. */
function isOneOfSeveral(): boolean {
  return cluster.isWorker || Number(process.env["NODE_APP_INSTANCE"]) > 0;
}

/**
 * Warns once where something that is kept in memory is created in one of several processes: what one of them issues, the others
 * do not know, so that challenges fail and approvals are used once per process.
 * @param what as `ledger` or `store`
 */
export function warnIfOneOfSeveral(what: string): void {
  if (!isOneOfSeveral() || told.has(what)) return;
  told.add(what);
  process.emitWarning(
    `This is one of several processes, and its ${what} is in memory: what one process issues, the others refuse. Share a ${what}.`,
    { type: "RequireActionWarning", code: "RA_MEMORY_IN_WORKER", detail: `See ${warningsUrl}` },
  );
}
