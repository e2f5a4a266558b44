import { ProviderError, RequireActionError } from "@require-action/core";

/** What the kit is told when a database fails: no more than how. Errors of the kit pass as they are. */
export function unavailable(
  code: "ledger_unavailable" | "provider_unavailable",
  database: string,
  error: unknown,
): RequireActionError {
  if (error instanceof RequireActionError) return error;
  const detail = `${database}: ${kindOf(error)}`;
  return code === "provider_unavailable" ? new ProviderError(code, detail) : new RequireActionError(code, { detail });
}

/** The kind of a client library's error. Its message may name hosts, users and values, so it is never told. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]{5,40}$/.test(code) ? code : error.constructor.name;
}
