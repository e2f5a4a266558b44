import { EngineError } from "./engine-error.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/**
 * Reads an argument that is an object, such as the filter of a query.
 * @throws EngineError `request_invalid` that names it
 */
export function parseObject<Argument extends object>(argument: Argument | undefined, name: string): Argument {
  if (typeof argument !== "object" || argument === null) {
    throw new EngineError("request_invalid", `${name} must be an object.`);
  }
  return argument;
}

/** Reads how many items a page is to have. @throws EngineError `request_invalid` */
export function parseLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new EngineError("request_invalid", `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}
