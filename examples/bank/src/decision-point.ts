import { readFileSync } from "node:fs";
import type { Clock } from "@require-action/core";
import { type CodeMessage, createEngine, type Engine } from "@require-action/engine";

const policy = readFileSync(new URL("../../policy.json", import.meta.url), "utf8");

export interface DecisionPointOptions {
  /** Where the challenge page is served. */
  readonly baseUrl: string;
  readonly clock?: Clock;
  /** Receives each e-mail; they go nowhere else. */
  readonly onEmail?: (message: CodeMessage) => void;
}

/** Creates the engine that decides for an example: everything in memory, and no account anywhere. */
export function createDecisionPoint({ baseUrl, clock, onEmail }: DecisionPointOptions): Engine {
  return createEngine({
    policy,
    secrets: ["an-example-secret-that-is-not-for-production"],
    issuer: "Example-Bank",
    baseUrl,
    ...(clock && { clock }),
    delivery: { sendEmail: (message) => onEmail?.(message) },
  });
}
