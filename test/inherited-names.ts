import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { filesBelow, packages, read } from "./workspace.ts";

/** Names that Node itself or the test runner reads where nobody has put them: a process with one of them does not run at all. */
const DEADLY: ReadonlySet<string> = new Set([
  "then",
  "get",
  "set",
  "value",
  "writable",
  "toJSON",
  "constructor",
  "next",
  "length",
]);

/** Names that no source mentions, and that libraries like to read. */
const COMMON =
  "admin isAdmin role roles debug verbose test skip force bypass trusted trust proxy env NODE_ENV shell cwd body query params cookies session rawBody originalUrl url method host hostname protocol ip path headers status statusCode encoding charset type length name message stack cause code errno signal aborted reason timeout deadline retries retry cache key keys id ids user users account owner subject sub aud iss exp iat nbf jti kid alg typ crit b64 zip enabled disabled default defaults mode level limit offset page size sort filter fields include exclude format version schema strict loose safe unsafe allow deny block approve approved reject verified valid invalid passed failed success error errors result results data payload token tokens secret secrets password credentials".split(
    " ",
  );

const MEMBER = /\.([a-zA-Z_$][\w$]*)|\b([a-zA-Z_$][\w$]*)\??\s*[:,}=]|\["([\w-]+)"\]/g;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/** The libraries that read what providers, clients and tokens send, and would find what is inherited. */
const LIBRARIES = [
  ["core", "valibot"],
  ["engine", "jose"],
] as const;

/** Every name of a member that the sources of our packages and of {@link LIBRARIES} write, and common ones. */
export function memberNames(): readonly string[] {
  return (found ??= findMemberNames());
}

let found: readonly string[] | undefined;

function findMemberNames(): readonly string[] {
  const names = new Set(COMMON);
  const sources = packages.flatMap(({ folder }) => filesBelow(`packages/${folder}/src`, ".ts")).map(read);
  for (const [folder, library] of LIBRARIES) {
    const entry = createRequire(new URL(`../packages/${folder}/package.json`, import.meta.url)).resolve(library);
    const dist = dirname(entry);
    for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
      if (/\.m?js$/.test(file)) sources.push(readFileSync(join(dist, file), "utf8"));
    }
  }
  for (const source of sources) {
    for (const [, dotted, declared, quoted] of source.replace(COMMENT, "").matchAll(MEMBER)) {
      names.add((dotted ?? declared ?? quoted)!);
    }
  }
  return [...names].filter((name) => !DEADLY.has(name) && !(name in Object.prototype)).toSorted();
}

/** Runs `work` while every object inherits members of these names. */
export async function withInherited<T>(names: readonly string[], value: unknown, work: () => Promise<T>): Promise<T> {
  for (const name of names) {
    // oxlint-disable-next-line eslint/no-extend-native -- that is what is tried out
    Object.defineProperty(Object.prototype, name, { value, writable: true, enumerable: true, configurable: true });
  }
  try {
    return await work();
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  }
}

/** Runs `work`, and adds each of these names to `read` that is looked for on some object which has no such member. */
export async function withReadsNoted<T>(
  names: readonly string[],
  read: Set<string>,
  work: () => Promise<T>,
): Promise<T> {
  for (const name of names) {
    const descriptor: PropertyDescriptor & ThisType<object> = {
      get: () => void read.add(name),
      set(value: unknown) {
        const own = Object.assign(Object.create(null), { value, writable: true, enumerable: true, configurable: true });
        Object.defineProperty(this, name, own as PropertyDescriptor);
      },
      enumerable: false,
      configurable: true,
    };
    // oxlint-disable-next-line eslint/no-extend-native -- that is what is tried out
    Object.defineProperty(Object.prototype, name, Object.setPrototypeOf(descriptor, null) as PropertyDescriptor);
  }
  try {
    return await work();
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  }
}
