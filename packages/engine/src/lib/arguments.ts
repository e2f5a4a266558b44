import { isId } from "@require-action/core/provider";
import { EngineError } from "./engine-error.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_REASON = 500;
const MAX_PASSKEY_NAME = 64;

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

/** Reads arguments that are texts, or not there. @throws EngineError `request_invalid` that names the first that is neither */
export function parseTexts(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || typeof value === "string") continue;
    throw new EngineError("request_invalid", `${name} must be a text.`, { field: name });
  }
}

/** Who changes something of somebody else's, and why. */
export interface ChangedBy {
  /** A reviewer, or an operator: an id. */
  readonly actor: string;
  /** For the audit trail; one line of at most 500 characters. */
  readonly reason: string;
}

/** @throws EngineError `request_invalid` */
export function parseBy(by: ChangedBy): ChangedBy {
  const { actor, reason } = parseObject(by, "by");
  if (!isId(actor)) throw new EngineError("request_invalid", "actor must be an id.", { field: "actor" });
  const text = typeof reason === "string" ? reason.trim() : "";
  if (text !== "" && text.length <= MAX_REASON && text.isWellFormed() && !/\p{Cc}/u.test(text)) {
    return { actor, reason: text };
  }
  throw new EngineError("request_invalid", `reason must be one line of 1 to ${MAX_REASON} characters.`, {
    field: "reason",
  });
}

/** Reads what an owner calls a passkey: in Unicode's composed form, on one line. @throws EngineError `request_invalid` */
export function parsePasskeyName(value: unknown): string {
  // Normalizing makes a text three times as long at most (UAX #15), so nothing is cut short here that would do.
  if (typeof value === "string" && value.length <= 4 * MAX_PASSKEY_NAME && value.isWellFormed()) {
    const name = value.normalize("NFC").trim().replaceAll(/\s+/g, " ");
    const isSeen = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u.test(name);
    if (isSeen && name.length <= MAX_PASSKEY_NAME && !/\p{Cc}/u.test(name)) return name;
  }
  throw new EngineError(
    "request_invalid",
    `name must be a text of 1 to ${MAX_PASSKEY_NAME} characters without control characters.`,
    { field: "name" },
  );
}
