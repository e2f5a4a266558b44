// Serves one of the examples: `npm start` the one in Express, `npm start -- fastify` another one.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const examples = fileURLToPath(new URL("../examples/", import.meta.url));
const entries = new Map(
  readdirSync(examples)
    .filter((folder) => existsSync(`${examples}${folder}/src/app.ts`))
    .map((folder) => [folder.replace(/-withdraw$/, ""), `${examples}${folder}/src/main.ts`]),
);

const [name = "express"] = process.argv.slice(2);
const entry = entries.get(name);
if (entry === undefined) {
  console.error(`There is no example "${name}". There are: ${[...entries.keys()].join(", ")}.`);
  process.exit(1);
}
process.argv.splice(2, Infinity, entry);
await import("./source.mjs");
