/** The type that an SDK declares for a member of an answer. */
export type Shape =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "any"
  | { readonly oneOf: readonly string[] }
  | { readonly listOf: Shape }
  | { readonly mapOf: Shape }
  | { readonly members: Readonly<Record<string, Shape>> };

/** How a JSON library takes a value that is not of the declared type. */
export interface Parser {
  /** Gson makes a text of a number, and of a boolean. */
  readonly makesTexts?: true;
  /** Gson makes nothing of a word that an enumeration does not have; others of a string do not look. */
  readonly skipsUnknownWords?: true;
}

/** Reads a value as the library would, without what is not declared. @throws TypeError where the library throws */
export function parseAs(shape: Shape, value: unknown, parser: Parser, path = "answer"): unknown {
  const wrong = (): TypeError => new TypeError(`${path} is ${JSON.stringify(value)}, not ${JSON.stringify(shape)}`);
  // A null, and a member that is not there, is nothing to each of them.
  if (value === undefined || value === null) return undefined;
  if (shape === "any") return value;
  if (shape === "string") {
    if (typeof value === "string") return value;
    if (parser.makesTexts && typeof value !== "object") return String(value as number | boolean);
    throw wrong();
  }
  if (shape === "boolean") {
    if (typeof value !== "boolean") throw wrong();
    return value;
  }
  if (shape === "int32" || shape === "int64") {
    const fits = Number.isSafeInteger(value) && (shape === "int64" || Math.abs(Number(value)) < 2 ** 31);
    if (!fits) throw wrong();
    return value;
  }
  if ("oneOf" in shape) {
    if (shape.oneOf.includes(value as string)) return value;
    if (parser.skipsUnknownWords) return undefined;
    throw wrong();
  }
  if ("listOf" in shape) {
    if (!Array.isArray(value)) throw wrong();
    return value.map((one, index) => parseAs(shape.listOf, one, parser, `${path}[${index}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) throw wrong();
  const read = Object.entries(value).flatMap(([name, one]): [string, unknown][] => {
    const declared = "mapOf" in shape ? shape.mapOf : Object.hasOwn(shape.members, name) && shape.members[name];
    return declared ? [[name, parseAs(declared, one, parser, `${path}.${name}`)]] : [];
  });
  return Object.fromEntries(read.filter(([, one]) => one !== undefined));
}

/** The members of one type each: `members("string", ["a", "b"])`. */
export function membersOf(shape: Shape, names: readonly string[]): Readonly<Record<string, Shape>> {
  return Object.fromEntries(names.map((name) => [name, shape]));
}

export const states: Shape = {
  oneOf: [
    "ALLOW",
    "BLOCK",
    "CHALLENGE_REQUIRED",
    "CHALLENGE_SUCCEEDED",
    "CHALLENGE_FAILED",
    "REVIEW_REQUIRED",
    "REVIEW_SUCCEEDED",
    "REVIEW_FAILED",
  ],
};
