import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const compiler = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

/**
 * Installs what a folder outside of the workspace depends on, as its lockfile says, unless that is done: large packages that one
 * test needs are for nobody else to install.
 */
export async function installOwn(folder: string): Promise<void> {
  const [installed, wanted] = await Promise.all([
    timeOf(`${folder}/node_modules/.package-lock.json`),
    timeOf(`${folder}/package-lock.json`),
  ]);
  if (installed < wanted) await run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
}

async function timeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Compiles a folder that has a `tsconfig.json`, and resolves to the compiler's messages. */
export async function compileFolder(folder: string): Promise<string> {
  const { stdout } = await run(process.execPath, [compiler, "-p", folder, "--noEmit", "--pretty", "false"]).catch(
    (error: { readonly stdout: string }) => error,
  );
  return stdout;
}
