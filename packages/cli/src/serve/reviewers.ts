import { readFileSync } from "node:fs";
import type { Reviewer } from "@require-action/server";
import { CliError } from "../lib/cli-error.ts";

/** Reads who may decide reviews: a list of `{ "id", "passwordHash" }`. @throws CliError */
export function readReviewers(file: string): readonly Reviewer[] {
  let reviewers: unknown;
  try {
    reviewers = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = error instanceof SyntaxError ? "It is not JSON." : `It cannot be read (${code}).`;
    throw new CliError(`--reviewers ${file}: ${reason}`);
  }
  if (!Array.isArray(reviewers) || !reviewers.every((one) => typeof one === "object" && one !== null)) {
    throw new CliError(`--reviewers ${file}: It must be a list of { "id", "passwordHash" }.`);
  }
  return reviewers as readonly Reviewer[];
}
