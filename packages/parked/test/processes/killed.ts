// One of several processes of a bank, which kills itself when it passes the point of KILL_AT for the KILL_AFTER-th time. As "client" it
// asks for payments, and writes the reference of each once it has its 202; as "worker" it runs them.
import { randomUUID } from "node:crypto";
import { openBank } from "../bank.ts";
import { queueEngines } from "../queues.ts";

const {
  SCHEMA: schema = "",
  QUEUE: engine = "",
  KILL_AT: point,
  KILL_AFTER: after = "1",
  ROLE: role,
  PAYMENTS: payments = "0",
} = process.env;

let left = Number(after);
async function pass(passed: string): Promise<void> {
  if (passed !== point || --left > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may come a moment later, and nothing happens until it does.
  await new Promise(() => {});
}

const { queue } = await queueEngines[engine]!.open({ schema }, pass);
const bank = await openBank({ schema }, queue, pass);
if (role === "client") {
  for (let count = 0; count < Number(payments); count++) {
    const reference = randomUUID();
    await bank.ask(reference);
    process.stdout.write(`${reference}\n`);
  }
  process.exit();
} else {
  // One at a time: whoever is killed has run one action at most.
  await bank.work({ concurrency: 1 });
}
