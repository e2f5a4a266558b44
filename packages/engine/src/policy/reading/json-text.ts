import { duplicateNames } from "@require-action/core/adapter";
import type { Mistakes, Path } from "./mistakes.ts";

/**
 * Reports members that a JSON text names twice: `JSON.parse` would keep the last in silence, and a rule would be gone.
 * The text must be one that `JSON.parse` accepts.
 */
export function reportDuplicateKeys(json: string, path: Path, mistakes: Mistakes): void {
  let line = 1;
  let counted = 0;
  for (const { literal, at } of duplicateNames(json)) {
    for (; counted < at; counted++) if (json[counted] === "\n") line++;
    mistakes.add(path, `the member ${literal} is written twice in one object, in line ${line}`);
  }
}
