import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { describeRoutes } from "./describe-routes.ts";
import { type ListedRoute, MUTATING } from "./listed-route.ts";
import { loadRoutes } from "./load-app.ts";

const options = {
  export: { type: "string" },
  require: { type: "boolean" },
  except: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

export const routesCommand: Command = {
  usage: `Usage: require-action routes FILE [options]

Lists the routes of an application that change something (POST, PUT, PATCH, DELETE), and the action, the binding and the
fallbacks of each guard in front. FILE exports an application of Express, Koa with @koa/router, Fastify or Hono, or a function
that makes it, as default, app or createApp. It is loaded, and need not listen.

  --require             exit code 1 when a route has no action, or one that only observes, and when there is no route
  --except "METHOD /p"  a route that needs none, as it is listed; repeatable
  --export NAME         another export than those
  --json
  --help
`,
  endsProcess: true,
  async run(args, terminal) {
    const { flags, positionals } = readFlags("routes", args, options, ["FILE"]);
    const except = flags.except ?? [];
    if (except.some((one) => !new RegExp(`^(?:${MUTATING.join("|")}) .`).test(one))) {
      throw new CliError('--except must be a method and a path, such as "POST /session".');
    }
    const routes = await loadRoutes(positionals[0] ?? "", flags.export);
    terminal.write(flags.json === true ? JSON.stringify(routes, undefined, 2) : describeRoutes(routes));
    if (flags.require !== true) return 0;
    const problems = problemsOf(routes, except);
    for (const problem of problems) terminal.warn(printable(problem));
    return problems.length === 0 ? 0 : 1;
  },
};

/** What `--require` does not accept. */
function problemsOf(routes: readonly ListedRoute[], except: readonly string[]): readonly string[] {
  if (routes.length === 0) return ["No route that changes something was found."];
  const names = new Set(routes.map(nameOf));
  return [
    ...routes
      .filter((route) => !except.includes(nameOf(route)))
      .filter(({ guards }) => guards.every(({ observe }) => observe))
      .map((route) => `${nameOf(route)} has no action${route.guards.length === 0 ? "" : " that stops anything"}.`),
    // An exception that is no longer needed would let through what comes under its name one day.
    ...except.filter((one) => !names.has(one)).map((one) => `--except ${one}: there is no such route.`),
  ];
}

function nameOf({ method, path }: ListedRoute): string {
  return `${method} ${path}`;
}
