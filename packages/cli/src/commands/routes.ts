import { CliError, printable } from "../lib/terminal.ts";
import { CliCommand, type Context, repeatableOption, valueOption } from "./cli-command.ts";

interface RoutesFlags {
  readonly require?: boolean;
  readonly except?: readonly string[];
  readonly export?: string;
  readonly json?: boolean;
}

/** `require-action routes` */
export function createRoutesCommand(context: Context): CliCommand {
  return new CliCommand("routes")
    .summary("lists an application's routes and their guards (experimental)")
    .description(
      "EXPERIMENTAL: it reads what frameworks keep to themselves, and its output may change in any release. Lists the routes of an application that change something (POST, PUT, PATCH, DELETE) and guarded GET routes, with the action, the binding and the fallbacks of each guard in front.",
    )
    .argument(
      "<FILE>",
      "exports an application of Express, Koa with @koa/router, Fastify or Hono, or a function that makes it, as default, app or createApp. It is loaded, and need not listen",
    )
    .option(
      "--require",
      "exit code 1 when a route has no action, or one that only observes, and when there is no route",
    )
    .addOption(repeatableOption('--except <"METHOD /path">', "a route that needs no action, as it is listed"))
    .addOption(valueOption("--export <NAME>", "another export than those"))
    .option("--json", "prints JSON, for programs")
    .action((file: string, flags: RoutesFlags) => listRoutes(file, flags, context));
}

async function listRoutes(file: string, flags: RoutesFlags, context: Context): Promise<void> {
  const { except = [], export: exportName, json = false, require = false } = flags;
  const [{ describeRoutes, MUTATING, problemsOf }, { loadRoutes }] = await Promise.all([
    import("../routes/listed-route.ts"),
    import("../routes/load-app.ts"),
  ]);
  if (except.some((one) => !new RegExp(`^(?:${MUTATING.join("|")}) .`).test(one))) {
    throw new CliError('--except must be a method and a path, such as "POST /session".');
  }
  context.endsProcess = true;
  const routes = await loadRoutes(file, exportName);
  context.terminal.write(json ? JSON.stringify(routes, undefined, 2) : describeRoutes(routes));
  if (!require) return;
  const problems = problemsOf(routes, except);
  for (const problem of problems) context.terminal.warn(printable(problem));
  if (problems.length > 0) context.exitCode = 1;
}
