// Builds the site to dist: the documents by VitePress, which fails on a dead link, and the API reference that TypeDoc wrote.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const reference = `${root}docs/api/dist`;

if (!existsSync(`${reference}/index.html`)) throw new Error("There is no API reference yet: run npm run docs.");

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "examples/README.md",
  "examples/mcp-bank/README.md",
  "examples/parked-withdraw/README.md",
  "deploy/README.md",
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
  ...["docs", "docs/adr", "docs/getting-started"].flatMap((folder) =>
    readdirSync(root + folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];

// VitePress finds its own packages from where the documents are, and looks through every folder beside them.
rmSync(`${here}.pages`, { recursive: true, force: true });
for (const document of documents) {
  mkdirSync(dirname(`${here}.pages/${document}`), { recursive: true });
  cpSync(root + document, `${here}.pages/${document}`);
}
// A page that cannot be rendered is reported, and VitePress goes on without it.
const { error } = console;
console.error = (...message) => {
  process.exitCode = 1;
  error(...message);
};
await build(here);
cpSync(reference, `${here}dist/api`, { recursive: true });
