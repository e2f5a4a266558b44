import { isId } from "@require-action/core/provider";
import { EngineError } from "@require-action/engine";

/** A JSON body, unread. */
export type Body = Readonly<Record<string, unknown>>;

/** One member that is a text; null, which some SDKs send for it, is an absence. @throws EngineError `request_invalid` */
export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`${name} must be a string.`);
  return value;
}

/** @throws EngineError `request_invalid` */
export function requiredText(body: Body, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") throw invalid(`${name} is missing.`);
  return value;
}

/** @throws EngineError `request_invalid` */
export function optionalFlag(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false.`);
  return value;
}

/** The named members that are there, for a reader that knows their types. All others are passed over. */
export function pickMembers(body: Body, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(body, name) && body[name] !== null) picked[name] = memberIn(body, name);
  return picked;
}

/** A member as it was meant: an empty record of PHP's is a list in JSON, and says no more than that there is no attribute. */
export function memberIn(body: Body, name: string): unknown {
  const value = body[name];
  return name === "custom" && Array.isArray(value) && value.length === 0 ? {} : value;
}

/** A query parameter that is there once, or not at all. @throws EngineError `request_invalid` */
export function queryText(url: URL, name: string): string | undefined {
  const [value, ...others] = url.searchParams.getAll(name);
  if (others.length > 0) throw invalid(`${name} is given more than once.`);
  return value === "" ? undefined : value;
}

/**
 * An id that a body names and that later stands in a path: "." and ".." survive every encoding and are other segments there.
 * @throws EngineError `request_invalid`
 */
export function pathId(name: string, id: string): string {
  if (id === "." || id === "..") throw invalid(`${name} must not be a dot segment: no path could name it.`);
  return id;
}

export function invalid(description: string): EngineError {
  return new EngineError("request_invalid", description);
}

/** @throws EngineError `request_invalid` */
export function userIdOf(params: ReadonlyMap<string, string>): string {
  return idOf(params, "userId");
}

/** One segment of the path that is an id. @throws EngineError `request_invalid` */
export function idOf(params: ReadonlyMap<string, string>, name: string): string {
  const id = params.get(name);
  if (!isId(id)) throw invalid(`${name} is not an id: 1 to 256 bytes, no control characters.`);
  return id;
}
