import { ConfigurationError } from "@require-action/core";
import type { AuditEvent } from "@require-action/engine/store";
import type { ConsoleOptions } from "@require-action/server";
import type { ConsoleOidcOptions } from "@require-action/server/oidc";
import { importOptional } from "../lib/optional-package.ts";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { mistakeLines } from "../policy/compile-file.ts";
import { createSourceText, readText, type SourceText } from "../policy/source-text.ts";
import type { ServeSettings } from "./serve-settings.ts";

/** What the file of `--console-oidc` says, and what it does not. */
export interface OidcFile {
  readonly file: string;
  readonly clientSecret: string;
  readonly source: SourceText;
}

/** Options that come from elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  clientSecret: "is no file's to hold in the open: set REQUIRE_ACTION_OIDC_CLIENT_SECRET",
  consoleUrl: "is --console-url",
};

/** Reads who signs in by an identity provider: options of `createConsoleOidc`, JSON or YAML. @throws CliError */
export function readOidcFile({ file, clientSecret }: NonNullable<ServeSettings["oidc"]>): OidcFile {
  const source = createSourceText(file, readText(file, "--console-oidc"));
  const { syntaxMistake, value } = source;
  if (syntaxMistake !== undefined) throw new CliError(`--console-oidc ${file} has mistakes:\n  ${syntaxMistake}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CliError(`--console-oidc ${file}: must be an object with issuer, clientId, reviewers and the like.`);
  }
  for (const [path, message] of Object.entries(ELSEWHERE)) {
    if (Object.hasOwn(value, path)) throw mistaken(file, source, path, message);
  }
  return { file, clientSecret, source };
}

/** Asks the provider who it is. @throws CliError */
export async function connectConsoleOidc(
  { file, clientSecret, source }: OidcFile,
  consoleUrl: string,
): Promise<NonNullable<ConsoleOptions["oidc"]>> {
  const { createConsoleOidc } = await importOptional(
    () => import("@require-action/server/oidc"),
    "--console-oidc needs the openid-client package. Run npm install openid-client@6.",
  );
  const options = source.value as Omit<ConsoleOidcOptions, "clientSecret" | "consoleUrl">;
  try {
    return await createConsoleOidc({ ...options, clientSecret, consoleUrl });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw mistaken(file, source, error.option, error.problem);
  }
}

/** For the operator to see to, whoever tries to sign in. */
const TROUBLE: ReadonlySet<string> = new Set(["oidc_unreachable", "oidc_client_refused", "oidc_busy"]);
const QUIET_MS = 5 * 60_000;

/** Warns that nobody can sign in by the provider: of each cause once in five minutes, as anybody can try. */
export function warnOfOidc({ warn }: Terminal): (event: AuditEvent) => void {
  const warned = new Map<string, number>();
  return ({ type, reason = "", at }) => {
    if (type !== "reviewer.refused" || !TROUBLE.has(reason) || at < (warned.get(reason) ?? 0) + QUIET_MS) return;
    warned.set(reason, at);
    warn(`Nobody signs in by the provider of --console-oidc (${reason}). Passkeys sign in all the same.`);
  };
}

function mistaken(file: string, source: SourceText, path: string, message: string): CliError {
  return new CliError(`--console-oidc ${file} has mistakes:\n${mistakeLines([{ path, message }], source)}`);
}
