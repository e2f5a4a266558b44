import * as v from "valibot";
import { isPromiseLike } from "../lib/awaitable.ts";
import { nearest } from "../lib/nearest.ts";
import { bareCopy, bareOptions, ownStrictObject } from "../lib/own-members.ts";
import { ConfigurationError } from "../reply/errors.ts";

type RequiredName<Options> = {
  [Name in keyof Options]-?: undefined extends Options[Name] ? never : Name;
}[keyof Options];

/** The schema of each option, by name: every option of the type is there, as required or as optional, and no other. */
export interface OptionEntries<Options> {
  readonly required: { readonly [Name in RequiredName<Options>]: v.GenericSchema };
  readonly optional: { readonly [Name in Exclude<keyof Options, RequiredName<Options>>]-?: v.GenericSchema };
}

/** A schema of options; also that of an option which is an object itself. */
export interface OptionsSchema<Options> extends v.GenericSchema<unknown, Options> {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
}

/** Defines the options of a factory, for {@link readOptions}. An option that a schema does not name is refused. */
export function defineOptions<Options>({ required, optional }: OptionEntries<Options>): OptionsSchema<Options> {
  const entries: Record<string, v.GenericSchema> = bareOptions({ ...required });
  for (const [name, schema] of Object.entries<v.GenericSchema>(optional)) entries[name] = v.optional(schema);
  return ownStrictObject(entries) as unknown as OptionsSchema<Options>;
}

/**
 * Reads the options of a factory once, when it is called: the result is a frozen copy, records and lists within it included,
 * that inherits nothing. Members that a class or a shared object declares are options too, unlike those of
 * `Object.prototype` and members whose name is a symbol. A getter is read once.
 * @param declaration names the factory or the route in messages: `createGuard`, `requireAction("withdraw-funds")`
 * @throws ConfigurationError for the first option that is unknown, missing, or not as its schema demands
 */
export function readOptions<Options>(declaration: string, schema: OptionsSchema<Options>, given: unknown): Options {
  try {
    const copy = copyRecord(schema.entries, given === undefined ? {} : given, []);
    const result = v.safeParse(schema, copy, { abortEarly: true });
    if (!result.success) throw problemOf(result.issues[0]);
    return copy as Options;
  } catch (error) {
    throw inDeclaration(declaration, error);
  }
}

/**
 * Runs a declaration, so that every {@link ConfigurationError} in it names what was declared. Of nested declarations the
 * outermost is named: it is the one that the application made.
 */
export function declaring<Declared>(declaration: string, work: () => Declared): Declared {
  try {
    const declared = work();
    if (!isPromiseLike(declared)) return declared;
    return Promise.resolve(declared).catch((error: unknown) => {
      throw inDeclaration(declaration, error);
    }) as Declared;
  } catch (error) {
    throw inDeclaration(declaration, error);
  }
}

function inDeclaration(declaration: string, error: unknown): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  return new ConfigurationError(error.option, error.problem, declaration);
}

/** The parts of a valibot schema that lead to the options within an option. */
interface SchemaParts {
  readonly entries: Readonly<Record<string, object>>;
  readonly item: object;
  readonly wrapped: object;
  readonly getter: (input: unknown) => object;
}

/** Never an inherited one: whatever is on `Object.prototype` is no part of a schema. */
function partOf<Name extends keyof SchemaParts>(schema: object, name: Name): SchemaParts[Name] | undefined {
  return Object.hasOwn(schema, name) ? (schema as SchemaParts)[name] : undefined;
}

function copyOf(schema: object, value: unknown, path: Path): unknown {
  if (value === undefined) return value;
  const wrapped = partOf(schema, "wrapped");
  if (wrapped !== undefined) return copyOf(wrapped, value, path);
  const choose = partOf(schema, "getter");
  if (choose !== undefined) return copyOf(choose(value), value, path);
  const entries = partOf(schema, "entries");
  if (entries !== undefined) return copyRecord(entries, value, path);
  if ((schema as v.GenericSchema).type === "record") return Object.freeze(bareCopy(value));
  const item = partOf(schema, "item");
  if (item === undefined || !Array.isArray(value)) return value;
  return Object.freeze(Array.from(value, (one: unknown, index) => copyOf(item, one, [...path, index])));
}

function copyRecord(entries: SchemaParts["entries"], value: unknown, path: Path): unknown {
  if (!isOptionsObject(value)) {
    throw new ConfigurationError(
      pathText(path) || "options",
      isPromiseLike(value) ? "is a promise; await it first" : "must be an object",
    );
  }
  const names = Object.keys(entries);
  const copy = readMembers(value, names, path);
  for (const name of Object.keys(copy)) {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (entry === undefined) throw unknownOption([...path, name], nearest(name, names));
    if (copy[name] === undefined && partOf(entry, "wrapped") !== undefined) delete copy[name];
    else copy[name] = copyOf(entry, copy[name], [...path, name]);
  }
  return Object.freeze(copy);
}

function readMembers(value: object, names: readonly string[], path: Path): Record<string, unknown> {
  try {
    return bareOptions(value as Record<string, unknown>, names);
  } catch {
    throw new ConfigurationError(pathText(path) || "options", "cannot be read, as a getter throws");
  }
}

function unknownOption(path: Path, meant: string | undefined): ConfigurationError {
  const hint = meant === undefined ? "" : `; did you mean ${pathText([...path.slice(0, -1), meant])}?`;
  return new ConfigurationError(pathText(path), `is not an option${hint}`);
}

/** What holds its content elsewhere than in its members would be read as if it were empty. */
const containers = [Map, Set, Date, RegExp, Error, URL, URLSearchParams, Promise, String, Number, Boolean];

function isOptionsObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return !isPromiseLike(value) && !containers.some((container) => value instanceof container);
}

function problemOf(issue: v.BaseIssue<unknown>): ConfigurationError {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const isMissing = issue.type === "strict_object" && issue.received === "undefined";
  return new ConfigurationError(pathText(path) || "options", isMissing ? "is required" : issue.message);
}

/** Where something is in a document or in options: keys and indexes from the top. */
export type Path = readonly (string | number)[];

const LONGEST_PATH = 400;

/** Writes a path as one would in JavaScript: `actions.sign-in.rules[0].conditions["=="][1]`. */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text.length <= LONGEST_PATH ? text : `${text.slice(0, LONGEST_PATH)}…`;
}
