/** What a policy is made of, without prototypes: a key such as `constructor` is there only if it was written. */
export type Plain = null | string | number | boolean | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: Plain;
}

/** True for an object, of whatever members, that is no list. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
