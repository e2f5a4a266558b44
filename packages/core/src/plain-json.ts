const MAX_DEPTH = 64;
const MAX_VALUES = 100_000;

/**
 * Says what keeps `value` from being bound as RFC 8785 canonical JSON, or `undefined` when nothing does. Refused, because
 * two requests that differ could then share one digest, or because canonicalisation would fail: values that are not
 * JSON, numbers that have lost precision, lone surrogates, `__proto__` keys, sparse arrays, excessive depth and size.
 * @see https://www.rfc-editor.org/rfc/rfc8785#section-3.1
 */
export function findUnbindable(value: unknown): string | undefined {
  let values = 0;
  const visit = (current: unknown, depth: number): string | undefined => {
    if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
    if (++values > MAX_VALUES) return `more than ${MAX_VALUES} values`;
    switch (typeof current) {
      case "boolean":
        return undefined;
      case "string":
        return current.isWellFormed() ? undefined : "a string with a lone surrogate";
      case "number":
        return isExactNumber(current) ? undefined : "a number that loses precision or is not finite";
      case "object":
        if (current === null) return undefined;
        return Array.isArray(current) ? visitArray(current, depth) : visitObject(current, depth);
      default:
        return `a value that is not JSON (${typeof current})`;
    }
  };
  const visitArray = (array: readonly unknown[], depth: number): string | undefined => {
    for (let index = 0; index < array.length; index++) {
      const problem = index in array ? visit(array[index], depth + 1) : "a sparse array";
      if (problem) return problem;
    }
    return undefined;
  };
  const visitObject = (object: object, depth: number): string | undefined => {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) return "an object that is not plain";
    for (const [key, member] of Object.entries(object)) {
      if (key === "__proto__") return "a __proto__ key";
      if (!key.isWellFormed()) return "a key with a lone surrogate";
      const problem = visit(member, depth + 1);
      if (problem) return problem;
    }
    return undefined;
  };
  return visit(value, 0);
}

/** False for numbers whose JSON text may have been another number: 9007199254740993 arrives as …992. */
function isExactNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
