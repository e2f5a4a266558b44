import { execFile, execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../workspace.ts";

const execute = promisify(execFile);
const MIGRATIONS = "packages/sql/src/migrations";

/** The commit before the last one that brought a migration; undefined where the history does not reach back so far. */
const commit: string | undefined = ((): string | undefined => {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const last = git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS);
    return last === "" ? undefined : git("rev-parse", "--verify", `${last}^`);
  } catch {
    return undefined;
  }
})();

/** Why tests beside the version before are skipped. */
export const noVersionBefore: string | undefined = ((): string | undefined => {
  if (commit !== undefined) return undefined;
  const reason = "the history does not reach back to the version before the last migration";
  console.warn(`SKIPPED: ${reason}`);
  return reason;
})();

/** The command of a version, as it was built. */
export interface VersionBefore {
  /** The file to start. */
  readonly main: string;
  remove(): Promise<void>;
}

/** Builds the command as it was before the last migration, with the dependencies of today. */
export async function buildVersionBefore(): Promise<VersionBefore> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-before-"));
  const archive = join(folder, "source.tar");
  await execute("git", ["archive", "--output", archive, commit!, "packages", "tsconfig.base.json", "package.json"], {
    cwd: root,
  });
  await execute("tar", ["--extract", "--file", archive, "--directory", folder]);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  // Links, which lead to the packages beside them, and to what is installed above.
  for (const name of readdirSync(join(folder, "packages"))) {
    const installed = join(root, "packages", name, "node_modules");
    if (!existsSync(installed)) continue;
    const copy = join(folder, "packages", name, "node_modules");
    await mkdir(copy);
    await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  }
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  await execute(process.execPath, [compiler, "-b", "packages/cli"], { cwd: folder });
  return {
    main: join(folder, "packages/cli/bin/require-action.js"),
    remove: () => rm(folder, { recursive: true }),
  };
}
