import { ConfigurationError } from "@require-action/core";
import { leadsWhereAllowed } from "../server-api/redirect-urls.ts";
import type { ParsedPageOptions } from "./challenge-page-options.ts";

/** Origins that an application's pages have: nothing in them could end a directive of a content security policy. */
const WEB_ORIGIN = /^https?:\/\/[a-z0-9.:[\]-]+$/;

/** @throws ConfigurationError for what is not the origin of a web page */
export function parseAllowedOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const [index, origin] of origins.entries()) {
    if (typeof origin !== "string" || !WEB_ORIGIN.test(origin) || new URL(origin).origin !== origin) {
      throw new ConfigurationError(`allowedOrigins[${index}]`, "must be an origin, as https://app.example");
    }
  }
  return new Set(origins);
}

/** The URL, when it leads to an allowed origin; otherwise there is no way back to it. */
export function allowedUrl(
  url: string | undefined,
  { allowedOrigins, returnsToLoopback }: Pick<ParsedPageOptions, "allowedOrigins" | "returnsToLoopback">,
): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return leadsWhereAllowed(parsed, allowedOrigins, returnsToLoopback) ? parsed.href : undefined;
}
