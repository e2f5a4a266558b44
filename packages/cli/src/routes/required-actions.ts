import { type ListedRoute, MUTATING } from "./listed-route.ts";

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
    // An exception that is no longer needed would let through what comes under its name one day.
    ...except.filter((one) => !names.has(one)).map((one) => `--except ${one}: there is no such route.`),
  ];
}

function nameOf({ method, path }: ListedRoute): string {
  return `${method} ${path}`;
}
