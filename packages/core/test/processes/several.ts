// One process, or a cluster of WORKERS, in which a ledger in memory is created twice.
import cluster from "node:cluster";
import { createMemoryLedger } from "../../src/index.ts";

const workers = Number(process.env["WORKERS"]);
if (cluster.isPrimary && workers > 0) {
  for (let count = 0; count < workers; count++) cluster.fork();
} else {
  createMemoryLedger();
  createMemoryLedger();
  if (cluster.isWorker) cluster.worker?.disconnect();
}
