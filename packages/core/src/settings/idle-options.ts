import { ConfigurationError } from "../reply/errors.ts";

/** Options that say how a request is stopped, or what becomes of an approval. */
const stopping = [
  "profile",
  "respond",
  "onUnavailable",
  "onNotEnrolled",
  "verificationMethods",
  "agent",
  "maxAge",
  "reviewMaxAge",
  "redirectUrl",
  "releaseOn",
  "park",
  "claim",
  "resumeChallenges",
];

/** Refuses what has no effect on an action that is only observed. @throws ConfigurationError for the first that is there */
export function refuseIdle(options: object): void {
  const idle = stopping.find((name) => (options as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (idle !== undefined) throw new ConfigurationError(idle, "has no effect with observe, which stops nothing");
}
