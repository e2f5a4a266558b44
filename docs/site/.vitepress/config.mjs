import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const repository = "https://github.com/require-action/require-action";

const page = (text, link) => ({ text, link });
const packages = [
  "express",
  "koa",
  "fastify",
  "hono",
  "fetch",
  "nestjs",
  "mcp",
  "ai",
  "engine",
  "authsignal",
  "server",
  "cli",
  "client",
];
const morePackages = ["redis", "sql", "opentelemetry", "testing", "conformance", "core"];

export default defineConfig({
  title: "require-action",
  description: "Step-up authentication for Node routes: what was approved is what runs.",
  // Copies of the documents, under their paths in the repository.
  srcDir: "./.pages",
  outDir: "./dist",
  cleanUrls: true,
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, "$1index.md"),
  // TypeDoc writes the reference, and checks its links.
  ignoreDeadLinks: [/^\/api\//, /^http:\/\/localhost/],
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  markdown: { config: (md) => md.use(asInTheRepository) },
  themeConfig: {
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: repository }],
    nav: [
      page("Getting started", "/docs/getting-started"),
      page("Recipes", "/docs/recipes"),
      page("Security", "/docs/security"),
      { text: "API reference", link: "/api/", target: "_self" },
    ],
    sidebar: [
      {
        text: "Begin",
        items: [
          page("What it is", "/"),
          page("Getting started", "/docs/getting-started"),
          page("Express", "/docs/getting-started/express"),
          page("Koa", "/docs/getting-started/koa"),
          page("Fastify", "/docs/getting-started/fastify"),
          page("Hono", "/docs/getting-started/hono"),
          page("Request → Response", "/docs/getting-started/fetch"),
          page("NestJS", "/docs/getting-started/nestjs"),
          page("The browser", "/docs/getting-started/browser"),
        ],
      },
      {
        text: "Build",
        items: [
          page("Policy", "/docs/policy"),
          page("Options", "/docs/options"),
          page("Recipes", "/docs/recipes"),
          page("Testing", "/docs/testing"),
          page("Off HTTP", "/docs/off-http"),
          page("Agents", "/docs/agents"),
          page("Migration", "/docs/migration"),
          page("Errors", "/docs/errors"),
          page("Troubleshooting", "/docs/troubleshooting"),
        ],
      },
      {
        text: "Operate",
        items: [
          page("Security", "/docs/security"),
          page("Deploying", "/docs/deploying"),
          page("Operations", "/docs/OPERATIONS"),
          page("Observability", "/docs/observability"),
          page("Performance", "/docs/PERFORMANCE"),
        ],
      },
      {
        text: "Packages",
        collapsed: true,
        items: [...packages, ...morePackages].map((name) => page(name, `/packages/${name}/`)),
      },
      {
        text: "Project",
        collapsed: true,
        items: [
          page("All documents", "/docs/"),
          page("Examples", "/examples/"),
          page("Containers", "/deploy/"),
          page("Architecture", "/docs/ARCHITECTURE"),
          page("Decisions", "/docs/adr/"),
          page("Glossary", "/docs/GLOSSARY"),
          page("Threats", "/docs/THREATS"),
          page("Mutation tests", "/docs/MUTATION"),
          page("Contributing", "/CONTRIBUTING"),
        ],
      },
    ],
  },
});

/** Leads links to other documents to their pages, and links to other files to the repository; leaves code as it is. */
function asInTheRepository(md) {
  // Vue would take braces in code for an expression.
  md.renderer.rules.code_inline = (tokens, at) => `<code v-pre>${md.utils.escapeHtml(tokens[at].content)}</code>`;
  const open =
    md.renderer.rules.link_open ?? ((tokens, at, options, _env, self) => self.renderToken(tokens, at, options));
  md.renderer.rules.link_open = (tokens, at, options, env, self) => {
    const token = tokens[at];
    const href = token.attrGet("href");
    if (href !== null && !/^(?:[a-z]+:|#|\/)/.test(href)) token.attrSet("href", target(env.relativePath, href));
    return open(tokens, at, options, env, self);
  };
}

function target(document, href) {
  const [path, ...anchor] = href.split("#");
  const file = normalize(join(dirname(document.replace(/index\.md$/, "README.md")), path));
  if (!existsSync(root + file)) throw new Error(`${document}: there is no ${href}`);
  const hash = anchor.length === 0 ? "" : `#${anchor.join("#")}`;
  if (file.endsWith(".md")) return `/${file.replace(/\.md$/, "").replace(/(^|\/)README$/, "$1")}${hash}`;
  const kind = statSync(root + file).isDirectory() ? "tree" : "blob";
  return `${repository}/${kind}/main/${file}${hash}`;
}
