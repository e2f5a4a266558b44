import { CliError } from "../lib/terminal.ts";
import { parseStoreLocation } from "../store/store-location.ts";
import type { LoggedAction } from "../policy/action-log.ts";
import type { Shifts } from "../policy/backtest.ts";
import { CliCommand, type Context, durableStores, schemaOption, valueOption, warnCheckOption } from "./cli-command.ts";

interface BacktestFlags {
  readonly log?: string;
  readonly store?: string;
  readonly schema?: string;
  readonly warnCheck?: readonly string[];
  readonly before?: string;
  readonly examples: string;
  readonly json?: boolean;
}

/** `require-action policy backtest` */
export function createPolicyBacktestCommand(context: Context): CliCommand {
  return new CliCommand("backtest")
    .summary("shows how a changed policy would have decided recorded actions")
    .description(
      "Evaluates recorded actions by a changed policy, and shows how outcomes shift. What was not recorded is not guessed: such actions count as not judged. Exit code 1 when none could be.",
    )
    .argument("<FILE>", "the changed policy")
    .addOption(valueOption("--log <FILE>", "JSON lines, each an action record as engine.actions.query() returns it"))
    .addOption(valueOption("--store <STORE>", durableStores))
    .addOption(schemaOption())
    .addOption(warnCheckOption())
    .addOption(
      valueOption(
        "--before <FILE>",
        "the policy that was in force: what its counters held is used where the changed policy has the same ones",
      ),
    )
    .addOption(valueOption("--examples <COUNT>", "how many examples of each shift to show").default("3", "3"))
    .option("--json", "prints JSON, for programs")
    .action((file: string, flags: BacktestFlags) => runBacktest(file, flags, context));
}

async function runBacktest(file: string, flags: BacktestFlags, context: Context): Promise<void> {
  const { log, store, before, examples, json = false } = flags;
  if ((log === undefined) === (store === undefined)) {
    throw new CliError(
      "Either --log or --store must name the recorded actions. See require-action policy backtest --help.",
    );
  }
  if (!/^\d{1,4}$/.test(examples)) throw new CliError("--examples must be a whole number below 10000.");
  const [{ backtest }, { compileFile }, { describeShifts, shiftsJson }, { readActionLog }] = await Promise.all([
    import("../policy/backtest.ts"),
    import("../policy/compile-file.ts"),
    import("../policy/describe-shifts.ts"),
    import("../policy/action-log.ts"),
  ]);
  const policy = compileFile(file);
  const inForce = before === undefined ? undefined : compileFile(before);
  const evaluate = (actions: AsyncIterable<LoggedAction | undefined>): Promise<Shifts> =>
    backtest(policy, inForce, actions, Number(examples));
  const shifts =
    store === undefined ? await evaluate(readActionLog(log ?? "")) : await withStore(store, flags, context, evaluate);
  context.terminal.write(json ? shiftsJson(shifts) : describeShifts(shifts));
  if (shifts.judged > 0) return;
  context.terminal.warn("No action could be judged.");
  context.exitCode = 1;
}

async function withStore(
  store: string,
  { schema, warnCheck: warnChecks = [] }: BacktestFlags,
  { terminal, environment }: Context,
  evaluate: (actions: AsyncIterable<LoggedAction>) => Promise<Shifts>,
): Promise<Shifts> {
  const location = parseStoreLocation(store, schema, environment, terminal.warn);
  if (location.kind === "memory") throw new CliError("--store memory has nothing recorded.");
  const { inWords, openStore } = await import("../store/open-store.ts");
  const { readRecordedActions } = await import("../policy/action-log.ts");
  const opened = await openStore(location, { migrate: false, warnChecks }, terminal);
  try {
    return await inWords(() => evaluate(readRecordedActions(opened.store)));
  } finally {
    await opened.close();
  }
}
