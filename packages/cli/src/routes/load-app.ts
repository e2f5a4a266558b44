import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../lib/terminal.ts";
import { isExpressApp, watchExpress } from "./express-mounts.ts";
import { expressRoutes } from "./express-routes.ts";
import { fastifyRoutes, watchFastify } from "./fastify-routes.ts";
import { honoRoutes } from "./hono-routes.ts";
import { koaRoutes } from "./koa-routes.ts";
import { isListed, type ListedRoute } from "./listed-route.ts";

/** Under which an entry exports its application, or a function that makes it. */
const NAMES = ["default", "app", "createApp"];

/** Loads an application and lists its routes that change something or have a guard. @throws CliError */
export async function loadRoutes(file: string, exportName: string | undefined): Promise<readonly ListedRoute[]> {
  const entry = resolve(file);
  if (!existsSync(entry)) throw new CliError(`${file}: There is no such file.`);
  watchExpress(entry);
  watchFastify();
  // It may call process.exit(0), which must not look as if its routes had been found in order.
  const ended = (): void => {
    process.stderr.write(`${file} ended the process before its routes were listed.\n`);
    process.exitCode = 1;
  };
  process.once("exit", ended);
  try {
    return (await listRoutes(file, entry, exportName)).filter(isListed);
  } finally {
    process.off("exit", ended);
  }
}

async function listRoutes(
  file: string,
  entry: string,
  exportName: string | undefined,
): Promise<readonly ListedRoute[]> {
  const namespace = await load(file, entry);
  const found = find(namespace, exportName);
  if (found === undefined) {
    const names = exportName ?? NAMES.join(", ").replace(/, (\w+)$/, " or $1");
    throw new CliError(`${file}: There is no export ${names}. Export the application, or a function that makes it.`);
  }
  const app = await applicationOf(file, found);
  const routes = await routesOf(app);
  if (routes !== undefined) return routes;
  throw new CliError(`${file}: Its export is not an Express, Koa, Fastify or Hono application.`);
}

/** The routes of something that is an application, or a router; `undefined` for anything else. */
async function routesOf(app: unknown): Promise<readonly ListedRoute[] | undefined> {
  const members = (app ?? {}) as Record<string, unknown>;
  const has = (...names: readonly string[]): boolean => names.every((name) => typeof members[name] === "function");
  if (has("getHttpAdapter")) {
    throw new CliError(
      "NestJS applications cannot be listed. At start, NestJS itself refuses a decorated method without its guard.",
    );
  }
  if (has("printRoutes", "ready", "addHook")) return fastifyRoutes(app);
  if (Array.isArray(members["routes"]) && has("fetch")) return honoRoutes(app);
  if (Array.isArray(members["middleware"]) && has("callback")) return koaRoutes(app);
  if (Array.isArray(members["stack"]) && has("routes", "match")) return koaRoutes(app);
  if (isExpressApp(app)) return expressRoutes(app);
  return Array.isArray(members["stack"]) && has("handle", "use") ? expressRoutes(app) : undefined;
}

async function load(file: string, entry: string): Promise<Readonly<Record<string, unknown>>> {
  const { write } = process.stdout;
  // What the application prints must not end up in the list.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  try {
    if (/\.[cm]?tsx?$/.test(entry)) await loadTsx(entry);
    return (await import(pathToFileURL(entry).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new CliError(`${file}: This version of Node cannot load TypeScript. Run npm install --save-dev tsx.`);
    }
    throw new CliError(`${file} could not be loaded: ${message}`, 1);
  } finally {
    process.stdout.write = write;
  }
}

/** Has TypeScript read by `tsx`, when the application has it; newer versions of Node read it themselves. */
async function loadTsx(entry: string): Promise<void> {
  let tsx: string;
  try {
    tsx = createRequire(entry).resolve("tsx");
  } catch {
    return;
  }
  await import(pathToFileURL(tsx).href);
}

function find(namespace: Readonly<Record<string, unknown>>, exportName: string | undefined): unknown {
  // A CommonJS module that was TypeScript has its exports below the default.
  const inner = namespace["default"] as Readonly<Record<string, unknown>> | undefined;
  const isCompiled = inner?.["__esModule"] === true;
  for (const name of exportName === undefined ? NAMES : [exportName]) {
    const value = (isCompiled ? inner : namespace)[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** What is exported, or what it makes when it is called without anything. */
async function applicationOf(file: string, exported: unknown): Promise<unknown> {
  const app = await exported;
  if (typeof app !== "function" || isExpressApp(app) || Array.isArray((app as { stack?: unknown }).stack)) return app;
  try {
    return (await (app as () => unknown)()) as unknown;
  } catch (error) {
    throw new CliError(`${file}: The application could not be created: ${(error as Error).message}`, 1);
  }
}
