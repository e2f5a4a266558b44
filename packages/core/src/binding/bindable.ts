import type { BoundValue } from "./binding.ts";

/**
 * Accepts the records that `bind` may return. A field holds a string, a boolean or a safe integer; `null` and `undefined`,
 * and a list where a query may hold either, are the client's to send and are refused with the request. A field whose type
 * leaves nothing to bind, such as a nested object, does not compile.
 */
export type Bindable<Fields> = object & {
  readonly [Name in keyof Fields as Name]: [BoundAs<Fields[Name]>] extends [never] ? BoundValue : Fields[Name];
};

/** The fields that are bound of what `bind` returns: without everything that the guard refuses. */
export type BoundBy<Fields> = Fields extends "none"
  ? undefined
  : { readonly [Name in keyof Fields]: BoundAs<Fields[Name]> };

/** What is left of a type once it is bound; any {@link BoundValue} where the type says nothing. */
type BoundAs<Value> = BoundValue extends Value ? BoundValue : Extract<Value, BoundValue>;
