/** What bare records inherit from: nothing at all. */
const nothing: object = Object.freeze(Object.create(null));

const BareRecord = function (): void {} as unknown as new () => object;
BareRecord.prototype = nothing;

/**
 * Creates a record in which a name is a name: `constructor` and `__proto__` are there when they were put there. As good as
 * `Object.create(null)`, which engines keep as a hash table at four times the cost.
 */
export function createBareRecord<Value>(): Record<string, Value> {
  return new BareRecord() as Record<string, Value>;
}

/** True for what is an object of plain members and nothing else: a literal, `Object.create(null)` or a bare record. */
export function isPlainRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === nothing;
}
