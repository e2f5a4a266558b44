import { CliError } from "../lib/terminal.ts";
import type { QueueLocation } from "../store/parked-jobs.ts";
import { parseRedisLocation, parseStoreLocation } from "../store/store-location.ts";
import { CliCommand, type Context, valueOption } from "./cli-command.ts";

interface QueueFlags {
  readonly store: string;
  readonly engine: string;
  readonly schema?: string;
  readonly queue?: string;
}

/** `require-action parked`: reviewed actions that wait in a queue. */
export function createParkedCommand(context: Context): CliCommand {
  return new CliCommand("parked")
    .summary("lists parked actions, and has them run now")
    .description(
      "Lists actions that wait for their review in a queue on pg-boss, graphile-worker or BullMQ, and has them run now.",
    )
    .addCommand(listCommand(context))
    .addCommand(retryCommand(context));
}

function listCommand(context: Context): CliCommand {
  return onQueue(new CliCommand("list"))
    .summary("lists what waits, the soonest due first")
    .description(
      "Lists what waits or is under way, up to 1,000: id, action, when it was parked and is due, and how often it could not be run. Exit code 1 when one is overdue by 10 minutes, as no worker runs.",
    )
    .action(async (flags: QueueFlags) => {
      const { listParked } = await import("../store/parked-jobs.ts");
      if (await listParked(locationIn(flags, context))) context.exitCode = 1;
    });
}

function retryCommand(context: Context): CliCommand {
  return onQueue(new CliCommand("retry"))
    .summary("has an action, or all that wait, run now if approved")
    .description("Has an action, or all that wait, delivered to a worker now. An action that is not approved waits on.")
    .argument("[ID]", "the action, as list prints it (default: all)")
    .action(async (id: string | undefined, flags: QueueFlags) => {
      const { retryParked } = await import("../store/parked-jobs.ts");
      await retryParked(id, locationIn(flags, context));
    });
}

const ENGINES: readonly string[] = [
  "pg-boss",
  "graphile-worker",
  "bullmq",
] satisfies readonly QueueLocation["engine"][];

function onQueue(command: CliCommand): CliCommand {
  return command
    .addOption(
      valueOption(
        "--store <STORE>",
        "where the queue is: postgres://…, redis://… or env:NAME. Other users of the machine can see the password of a URL on the command line",
      ).makeOptionMandatory(),
    )
    .addOption(
      valueOption("--engine <ENGINE>", "the queue's engine: pg-boss, graphile-worker or bullmq").default(
        "pg-boss",
        "pg-boss",
      ),
    )
    .addOption(
      valueOption(
        "--schema <NAME>",
        "the schema of pg-boss or graphile-worker, or BullMQ's prefix (default: pgboss, graphile_worker or bull)",
      ),
    )
    .addOption(
      valueOption("--queue <NAME>", "the queue's name; BullMQ's has to be given (default: require-action-parked)"),
    );
}

/** @throws CliError */
function locationIn(
  { store, engine, schema, queue: name }: QueueFlags,
  { environment, terminal }: Context,
): QueueLocation {
  if (!isEngine(engine))
    throw new CliError(`--engine must be ${ENGINES.slice(0, -1).join(", ")} or ${ENGINES.at(-1)}.`);
  if (engine === "bullmq") {
    if (name === undefined) throw new CliError("--queue is missing: BullMQ's queue has the name that you gave it.");
    return {
      engine,
      url: parseRedisLocation(store, environment, terminal.warn),
      schema: schema ?? "bull",
      name,
      terminal,
    };
  }
  const location = parseStoreLocation(store, undefined, environment, terminal.warn);
  if (location.kind !== "postgres") throw new CliError(`--store must be PostgreSQL, where ${engine} is.`);
  return {
    engine,
    url: location.url,
    schema: schema ?? (engine === "pg-boss" ? "pgboss" : "graphile_worker"),
    name: name ?? "require-action-parked",
    terminal,
  };
}

function isEngine(name: string): name is QueueLocation["engine"] {
  return ENGINES.includes(name);
}
