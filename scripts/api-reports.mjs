// Pins the declarations of every entry point in api/, from what `tsc -b` emitted. Without an argument it compares, and fails
// on any difference; with --write it updates the files.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = join(root, "api");

const files = new Map();

/** The statements of a declaration file by the names that they declare, and what it imports and exports. */
function fileOf(path) {
  if (files.has(path)) return files.get(path);
  const text = readFileSync(path, "utf8");
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const file = { declared: new Map(), imported: new Map(), exported: new Map() };
  const declare = (statement, declaration) => {
    const names = declaration.declarations?.map(({ id }) => id.name) ?? [declaration.id.name];
    for (const name of names) {
      const parts = file.declared.get(name) ?? [];
      parts.push({ text: withoutComments(text, comments, statement), uses: identifiersIn(declaration) });
      file.declared.set(name, parts);
    }
    return names;
  };
  for (const statement of program.body) {
    const target = statement.source?.value;
    if (statement.type === "ImportDeclaration") {
      for (const { local, imported } of statement.specifiers)
        file.imported.set(local.name, { target, name: imported?.name });
    } else if (statement.type === "ExportNamedDeclaration") {
      if (statement.declaration)
        for (const name of declare(statement, statement.declaration)) file.exported.set(name, { name });
      for (const { local, exported } of statement.specifiers)
        file.exported.set(exported.name, { target, name: local.name });
    } else if ("id" in statement || "declarations" in statement) {
      declare(statement, statement);
    }
  }
  files.set(path, file);
  return file;
}

function withoutComments(text, comments, { start, end }) {
  let kept = "";
  let at = start;
  for (const comment of comments.filter((one) => one.start >= start && one.end <= end)) {
    kept += text.slice(at, comment.start);
    at = comment.end;
  }
  return (kept + text.slice(at, end)).replace(/[ \t]+$/gm, "").replace(/\n{2,}/g, "\n");
}

/** Every name that a declaration mentions, but for those of members. */
function identifiersIn(node, found = new Set()) {
  if (Array.isArray(node)) for (const one of node) identifiersIn(one, found);
  else if (node !== null && typeof node === "object") {
    if (node.type === "Identifier") found.add(node.name);
    for (const [part, value] of Object.entries(node)) {
      if (part !== "key" || node.computed) identifiersIn(value, found);
    }
  }
  return found;
}

/** Follows imports and re-exports to the file that declares a name; undefined for a name of another package, or of the language. */
function declarationOf(path, name, isExport) {
  const file = fileOf(path);
  const { target, name: original } = (isExport ? file.exported.get(name) : file.imported.get(name)) ?? { name };
  if (target?.startsWith("."))
    return declarationOf(join(dirname(path), target.replace(/\.[jt]sx?$/, ".d.ts")), original, true);
  if (target !== undefined) return undefined;
  if (original !== name || (isExport && !file.declared.has(original))) return declarationOf(path, original, false);
  return file.declared.has(name) ? { path, name, key: `${path} ${name}` } : undefined;
}

function statementsOf({ path, name }) {
  return fileOf(path).declared.get(name);
}

/** The report of an entry: its declarations, and those that they mention and that no entry of the package exports. */
function reportOf(title, path, exportedByOthers) {
  const declarations = [...fileOf(path).exported.keys()].map((name) => ({
    as: name,
    found: declarationOf(path, name, true),
  }));
  const missing = declarations.filter(({ found }) => found === undefined).map(({ as }) => `export { ${as} };`);
  const shown = new Set(declarations.flatMap(({ found }) => (found ? [found.key] : [])));
  const mentioned = new Map();
  const visit = (found) => {
    for (const name of new Set(statementsOf(found).flatMap(({ uses }) => [...uses]))) {
      const next = declarationOf(found.path, name, false);
      if (!next || shown.has(next.key) || mentioned.has(next.key) || exportedByOthers.has(next.key)) continue;
      mentioned.set(next.key, next);
      visit(next);
    }
  };
  for (const { found } of declarations) if (found) visit(found);
  const exported = declarations.filter(({ found }) => found).toSorted((a, b) => compare(a.as, b.as));
  const others = [...mentioned.values()].toSorted((a, b) => compare(a.name, b.name) || compare(a.path, b.path));
  const block = (lines) => `\`\`\`ts\n${lines.join("\n\n")}\n\`\`\`\n`;
  return [
    `# ${title}\n`,
    `${declarations.length} names. Written by \`npm run api\`; do not edit.\n`,
    block([...missing, ...exported.flatMap(({ found }) => statementsOf(found).map(({ text }) => text))]),
    ...(others.length === 0
      ? []
      : [
          "Mentioned above, and exported nowhere:\n",
          block(others.flatMap((found) => statementsOf(found).map(({ text }) => text))),
        ]),
  ].join("\n");
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

const expected = new Map();
for (const folder of readdirSync(join(root, "packages"))) {
  const { name, exports } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
  const entries = Object.entries(exports)
    .filter(([, target]) => typeof target.types === "string")
    .map(([subpath, { types }]) => ({ subpath, path: join(root, "packages", folder, types) }));
  const keysOf = (path) =>
    [...fileOf(path).exported.keys()].flatMap((one) => declarationOf(path, one, true)?.key ?? []);
  for (const { subpath, path } of entries) {
    const others = new Set(entries.filter((one) => one.path !== path).flatMap((one) => keysOf(one.path)));
    const file = `${[folder, ...subpath.split("/").slice(1)].join(".")}.api.md`;
    expected.set(file, reportOf(name + subpath.slice(1), path, others));
  }
}

const existing = existsSync(reports) ? readdirSync(reports) : [];
const current = new Map(existing.map((file) => [file, readFileSync(join(reports, file), "utf8")]));
const changed = [...new Set([...current.keys(), ...expected.keys()])].filter(
  (file) => current.get(file) !== expected.get(file),
);

if (process.argv.includes("--write")) {
  mkdirSync(reports, { recursive: true });
  for (const file of changed) {
    if (expected.has(file)) writeFileSync(join(reports, file), expected.get(file));
    else rmSync(join(reports, file));
  }
} else if (changed.length > 0) {
  console.error(`The public API differs from its reports: ${changed.map((file) => `api/${file}`).join(", ")}.`);
  for (const file of changed) {
    const before = new Set((current.get(file) ?? "").split("\n"));
    const after = new Set((expected.get(file) ?? "").split("\n"));
    for (const line of before) if (!after.has(line)) console.error(`- ${line}`);
    for (const line of after) if (!before.has(line)) console.error(`+ ${line}`);
  }
  console.error("If the change is meant, run `npm run api` and commit the reports.");
  process.exit(1);
}
