import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readFlags } from "../flags.ts";
import { parseStoreLocation, storeUsage } from "../store-location.ts";
import type { Terminal } from "../terminal.ts";
import { type LoggedAction, readActionLog, readRecordedActions } from "./action-log.ts";
import { backtest, type Shifts } from "./backtest.ts";
import { compileFile } from "./compile-file.ts";
import { describeShifts, shiftsJson } from "./describe-shifts.ts";

const options = {
  log: { type: "string" },
  store: { type: "string" },
  schema: { type: "string" },
  before: { type: "string" },
  examples: { type: "string" },
  json: { type: "boolean" },
} as const;

export const policyBacktestCommand: Command = {
  usage: `Usage: require-action policy backtest FILE --log FILE | --store STORE [options]

Judges recorded actions by a changed policy, and tells how outcomes shift. What was not recorded is not guessed: such actions
are counted as not judged. Exit code 1 when none could be.

  --log FILE            JSON lines, each an action record as engine.actions.query() has it
  --store STORE         ${storeUsage}
  --schema NAME         the schema of PostgreSQL's tables; require_action unless said otherwise
  --before FILE         the policy that was in force: what its counters held is used where the changed policy has the same ones
  --examples COUNT      how many to show of each shift; 3 unless said otherwise
  --json
  --help
`,
  async run(args, terminal) {
    const { flags, positionals } = readFlags("policy backtest", args, options, ["FILE"]);
    const { log, store, schema, before, json = false } = flags;
    if ((log === undefined) === (store === undefined)) {
      throw new CliError("Either --log or --store must say what to judge. See require-action policy backtest --help.");
    }
    if (!/^\d{1,4}$/.test(flags.examples ?? "3")) throw new CliError("--examples must be a whole number below 10000.");
    const examples = Number(flags.examples ?? "3");
    const policy = compileFile(positionals[0] ?? "");
    const inForce = before === undefined ? undefined : compileFile(before);
    const judge = (actions: AsyncIterable<LoggedAction | undefined>): Promise<Shifts> =>
      backtest(policy, inForce, actions, examples);
    const shifts =
      store === undefined ? await judge(readActionLog(log ?? "")) : await withStore(store, schema, terminal, judge);
    terminal.write(json ? shiftsJson(shifts) : describeShifts(shifts));
    if (shifts.judged > 0) return 0;
    terminal.warn("No action could be judged.");
    return 1;
  },
};

async function withStore(
  store: string,
  schema: string | undefined,
  terminal: Terminal,
  judge: (actions: AsyncIterable<LoggedAction>) => Promise<Shifts>,
): Promise<Shifts> {
  const location = parseStoreLocation(store, schema, process.env, terminal.warn);
  if (location.kind === "memory") throw new CliError("--store memory has nothing recorded.");
  const { inWords, openStore } = await import("../open-store.ts");
  const opened = await openStore(location, { migrate: false }, terminal);
  try {
    return await inWords(() => judge(readRecordedActions(opened.store)));
  } finally {
    await opened.close();
  }
}
