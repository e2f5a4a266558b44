// One of several processes of a bank, which kills itself when it passes the point of KILL_AT for the KILL_AFTER-th time. As "client" it
// asks for payments, and writes the reference of each once it has its 202; as "worker" it runs them.
import { randomUUID } from "node:crypto";
import { createPgBossQueue } from "../../src/pg-boss.ts";
import { openBank, type Point } from "../bank.ts";
import { bossSchema, QUEUE, startBoss } from "../pg-boss.ts";

const {
  SCHEMA: schema = "",
  KILL_AT: point,
  KILL_AFTER: after = "1",
  ROLE: role,
  PAYMENTS: payments = "0",
} = process.env;

let left = Number(after);
function pass(passed: Point): void {
  if (passed === point && --left === 0) process.kill(process.pid, "SIGKILL");
}

async function openQueue() {
  const boss = await startBoss(bossSchema(schema));
  return createPgBossQueue(
    {
      createQueue: (...asked) => boss.createQueue(...asked),
      getQueue: (name) => boss.getQueue(name),
      send: (...asked) => boss.send(...asked),
      fetch: (...asked) => boss.fetch(...asked),
      fail: (...asked) => boss.fail(...asked),
      async deleteJob(...asked) {
        pass("deleting");
        return boss.deleteJob(...asked);
      },
    },
    QUEUE,
  );
}

const bank = await openBank(schema, openQueue, pass);
if (role === "client") {
  for (let count = 0; count < Number(payments); count++) {
    const reference = randomUUID();
    await bank.ask(reference);
    process.stdout.write(`${reference}\n`);
  }
  process.exit();
} else {
  await bank.work();
}
