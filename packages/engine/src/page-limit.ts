import { EngineError } from "./engine-error.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Reads how many items a page is to have. @throws EngineError `request_invalid` */
export function parseLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new EngineError("request_invalid", `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}
