import { parseArgs } from "node:util";
import { createEngine } from "@require-action/engine";
import { type FilledStore, onFilledStores } from "./stores/filled-stores.ts";

// What figures over time cost where there are a million actions of 30 days: to count all of them, and to count what has come since.

const USAGE = `Usage: npm run figures -- [--actions N]

  --actions  how many actions there are, 1,000,000 by default

Measures SQLite in a temporary file, and PostgreSQL where DATABASE_URL leads to one; some 1.5 KB of disk for each action.`;

const { values } = parseArgs({
  options: { actions: { type: "string", default: "1000000" }, help: { type: "boolean" } },
});

async function measure({ store, log, now: start }: FilledStore): Promise<void> {
  let now = start;
  const engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bench",
    baseUrl: "http://localhost",
    clock: { now: () => now },
    store,
  });

  async function count(title: string): Promise<void> {
    log.take();
    const [begun, used] = [performance.now(), process.cpuUsage()];
    await engine.figures.count();
    const { user, system } = process.cpuUsage(used);
    const took = (performance.now() - begun).toFixed(0);
    const cpu = ((user + system) / 1000).toFixed(0);
    console.log(
      `${title.padEnd(34)} ${String(log.take().length).padStart(6)} statements ${took.padStart(8)} ms ${cpu.padStart(8)} ms of CPU here`,
    );
  }
  await count("first count, of everything");
  for (let time = 0; time < 5; time++) {
    // The rest after the first one is long.
    now += time === 0 ? 60 * 60_000 : 61_000;
    await count(time === 0 ? "an hour later" : "a minute later");
  }
}

if (values.help) console.log(USAGE);
else await onFilledStores(Number(values.actions), measure);
