import { execFile } from "node:child_process";
import { symlink } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AdapterHarness } from "@require-action/conformance/adapter";
import { installOwn } from "../../../test/support/src/own-installation.ts";
import { createRequireAction, type SvelteKitEvent, type SvelteKitGuardOptions } from "../src/sveltekit.ts";
import { frameworkHarness, guardRoutes } from "./harness.ts";

const folder = fileURLToPath(new URL("sveltekit", import.meta.url));

/** The same as in the application. */
const TEST = Symbol.for("require-action-test.sveltekit");

/**
 * Builds the application of SvelteKit, and loads it as adapter-node leaves it.
 * @param options for the guard that it was built with, of the packages as they are built
 */
export async function buildSvelteKit(options: SvelteKitGuardOptions): Promise<RequestListener> {
  await installOwn(folder);
  await symlink("../../../..", `${folder}/node_modules/@require-action`).catch(unlessThere);
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, ["node_modules/vite/bin/vite.js", "build"], { cwd: folder, env });
  Object.assign(globalThis, { [TEST]: options });
  const { handler } = (await import(`${folder}/build/handler.js`)) as { readonly handler: RequestListener };
  return handler;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

const requestOf = ({ request }: SvelteKitEvent): Request => request;

/** Reaches the adapter, as it is in source, within SvelteKit. Its routes are the test's, behind one that answers any path. */
export function svelteKitHarness(handler: RequestListener): AdapterHarness {
  return frameworkHarness(requestOf, (app) => {
    const handlerOf = guardRoutes(createRequireAction(app.guard), app, requestOf);
    const answer = async (event: SvelteKitEvent): Promise<Response> => {
      const { method, url } = event.request;
      return (await handlerOf(method, new URL(url).pathname)?.(event)) ?? new Response("Not Found", { status: 404 });
    };
    return createServer((incoming, outgoing) => {
      Object.assign(incoming, { [TEST]: { answer, parseBody: app.parseBody } });
      handler(incoming, outgoing);
    });
  });
}
