import { type GuardDescription, guardDescription } from "@require-action/core/adapter";
import { printable } from "../lib/terminal.ts";

/** The methods that change something. */
export const MUTATING: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/** The methods to look at. Of `GET`, only guarded routes are listed. */
export const METHODS: readonly string[] = ["GET", ...MUTATING];

/** A route of an application, and the guards that stand in front of its handler. */
export interface ListedRoute {
  readonly method: string;
  readonly path: string;
  readonly guards: readonly GuardDescription[];
  /** Actions of guards that answer a browser's preflight, as CORS is set up behind them only. */
  readonly stopsPreflights: readonly string[];
}

/** What a request passes on its way to a handler, as far as it matters here: a guard, or what answers preflights. */
export type Step = { readonly guard: GuardDescription; readonly isForEveryMethod: boolean } | "cors";

/** The steps among functions. The middleware of `cors`, `@koa/cors` and `hono/cors` is known by its name. */
export function stepsAmong(functions: readonly unknown[], isForEveryMethod: boolean): readonly Step[] {
  return functions.flatMap((one): readonly Step[] => {
    const guard = guardDescription(one);
    if (guard !== undefined) return [{ guard, isForEveryMethod }];
    return typeof one === "function" && /cors/i.test(one.name) ? ["cors"] : [];
  });
}

/** A route, of the steps in front of its handler. */
export function listedRoute(method: string, path: string, steps: readonly Step[]): ListedRoute {
  const lastCors = steps.lastIndexOf("cors");
  const guards = steps.flatMap((step) => (step === "cors" ? [] : [step]));
  const before = steps.slice(0, Math.max(lastCors, 0)).flatMap((step) => (step === "cors" ? [] : [step]));
  return {
    method,
    path,
    guards: guards.map(({ guard }) => guard),
    stopsPreflights: before
      .filter((step) => step.isForEveryMethod && !step.guard.observe)
      .map(({ guard }) => guard.action),
  };
}

/** True for a route that changes something, or that has a guard. */
export function isListed({ method, guards }: ListedRoute): boolean {
  return MUTATING.includes(method) || guards.length > 0;
}

/** The problems that `--require` reports: routes that change something unguarded, and exceptions that name no route. */
export function problemsOf(listed: readonly ListedRoute[], except: readonly string[]): readonly string[] {
  const routes = listed.filter(({ method }) => MUTATING.includes(method));
  if (routes.length === 0) return ["No route that changes something was found."];
  const names = new Set(routes.map(nameOf));
  return [
    ...routes
      .filter((route) => !except.includes(nameOf(route)))
      .filter(({ guards }) => guards.every(({ observe }) => observe))
      .map((route) => `${nameOf(route)} has no action${route.guards.length === 0 ? "" : " that stops anything"}.`),
    ...routes
      .filter((route) => !except.includes(nameOf(route)))
      .map((route) => [nameOf(route), demandedBy(route)] as const)
      .filter(([, actions]) => actions.length > 1)
      .map(
        ([name, actions]) => `${name} demands ${actions.join(" and ")}: a request brings one approval, for one action.`,
      ),
    // An exception that is no longer needed would let through what comes under its name one day.
    ...except.filter((one) => !names.has(one)).map((one) => `--except ${one}: there is no such route.`),
  ];
}

/** The actions that every request of a route has to pass. */
function demandedBy({ guards }: ListedRoute): readonly string[] {
  const demanding = guards.filter(({ observe, isConditional }) => !observe && !isConditional);
  return [...new Set(demanding.map(({ action }) => action))];
}

function nameOf({ method, path }: ListedRoute): string {
  return `${method} ${path}`;
}

const HEADER = ["method", "path", "action", "binding", "unavailable", "not enrolled", "methods", "notes"];

/** The routes as a table, a row for each guard of each. */
export function describeRoutes(routes: readonly ListedRoute[]): string {
  const rows = routes.flatMap((route) => {
    const { method, path, guards } = route;
    return guards.length === 0
      ? [[method, path, "-"]]
      : guards.map((guard) => [method, path, ...cellsOf(guard, route)]);
  });
  const table = [HEADER, ...rows].map((row) => row.map(printable));
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function cellsOf(guard: GuardDescription, route: ListedRoute): readonly string[] {
  const { action, binding, onUnavailable, onNotEnrolled, verificationMethods } = guard;
  const notes = [
    ...(guard.observe ? ["only observes"] : []),
    ...(guard.isConditional ? ["only when"] : []),
    ...(guard.hasSession ? ["session"] : []),
    ...(guard.claim === "handler" ? ["handler claims"] : []),
    ...(guard.releaseOn.length === 0 ? [] : [`given back on ${guard.releaseOn.join(" ")}`]),
    ...(demandedBy(route).indexOf(action) > 0 ? [`may not ask behind ${demandedBy(route)[0]}`] : []),
    ...(route.stopsPreflights.includes(action) ? ["before CORS, stops preflights"] : []),
    ...(guard.remembersDevices ? ["remembers devices"] : []),
    ...guard.plainHttpHosts.map((host) => `plain http to ${host}`),
    ...(guard.failedChecks.length === 0 ? [] : [`ledger warned of: ${guard.failedChecks.join(", ")}`]),
  ];
  return [action, binding, onUnavailable, onNotEnrolled, verificationMethods?.join(" ") ?? "any", notes.join(", ")];
}

/**
 * The functions of a route up to the one that answers: it does not take `next`, which is the parameter at `place`, and what
 * stands behind it never runs. One without any parameters may be the wrapper of another, and is taken to hand on.
 */
export function reachableHandlers(functions: readonly unknown[], place: number): readonly unknown[] {
  const end = functions.findIndex((one) => answers(one, place));
  return end === -1 ? functions : functions.slice(0, end + 1);
}

/** Whether a function takes something and no `next`. */
export function answers(one: unknown, place: number): boolean {
  return typeof one === "function" && guardDescription(one) === undefined && one.length > 0 && one.length <= place;
}
