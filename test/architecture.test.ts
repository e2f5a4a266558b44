import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, packages, read } from "./workspace.ts";

/** Which packages of ours each may lean on; arrows run one way. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  express: ["core"],
  koa: ["core"],
  fastify: ["core"],
  hono: ["core"],
  nestjs: ["core"],
  authsignal: ["core"],
  engine: ["core"],
  redis: ["core"],
  opentelemetry: ["core"],
  sql: ["engine", "core"],
  server: ["engine", "core", "sql"],
  client: ["core"],
  testing: ["core"],
};

const IMPORT =
  /^(?:import|export)\s+(?:[\w*\s{},]+\sfrom\s+)?["']([^"']+)["']|\b(?:import|require(?:\.resolve)?)\(\s*["']([^"']+)["']/gm;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsOf(folder: string): readonly Import[] {
  return filesBelow(`packages/${folder}/src`, ".ts").flatMap((file) =>
    // Examples in doc comments import the package that they document.
    [
      ...read(file)
        .replace(/\/\*\*[\s\S]*?\*\//g, "")
        .matchAll(IMPORT),
    ].map(([, declared, called]) => ({ file, specifier: (declared ?? called)! })),
  );
}

/** The package of a specifier: `@scope/name/sub` is `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

describe("architecture", () => {
  it("draws arrows for every package", () => {
    expect(packages.map(({ folder }) => folder).filter((folder) => !(folder in arrows))).toEqual([]);
  });

  describe.each(packages)("$name", ({ folder, name, manifest }) => {
    const allowed = (arrows[folder] ?? []).map((target) => `@require-action/${target}`);
    const declared = new Set([
      name,
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.peerDependencies ?? {}),
    ]);
    const imports = importsOf(folder);
    const external = imports.filter(({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier));

    it("imports no package of ours but those it may lean on", () => {
      const wrong = external.filter(
        ({ specifier }) => specifier.startsWith("@require-action/") && !allowed.includes(packageOf(specifier)),
      );
      expect(wrong).toEqual([]);
    });

    it("declares no package of ours but those it may lean on", () => {
      expect(
        [...declared].filter((one) => one.startsWith("@require-action/") && one !== name && !allowed.includes(one)),
      ).toEqual([]);
    });

    it("declares whatever it imports", () => {
      expect(external.filter(({ specifier }) => !declared.has(packageOf(specifier)))).toEqual([]);
    });

    it("imports nothing past its own source folder", () => {
      const outside = imports.filter(
        ({ file, specifier }) =>
          specifier.startsWith(".") &&
          relative(`packages/${folder}/src`, join(dirname(file), specifier)).startsWith(".."),
      );
      expect(outside).toEqual([]);
    });

    it("justifies each runtime dependency in docs/ARCHITECTURE.md", () => {
      const others = Object.keys(manifest.dependencies ?? {}).filter((one) => !one.startsWith("@require-action/"));
      const text = read("docs/ARCHITECTURE.md");
      expect(others.filter((one) => !text.includes(`| \`${one}\` |`))).toEqual([]);
    });

    it("keeps its source files short enough for one concept each", () => {
      const long = filesBelow(`packages/${folder}/src`, ".ts").filter((file) => read(file).split("\n").length > 300);
      expect(long).toEqual([]);
    });
  });

  it.each(["express", "koa", "fastify", "hono"])("keeps the %s adapter within 80 lines", (folder) => {
    expect(read(`packages/${folder}/src/require-action.ts`).split("\n").length).toBeLessThanOrEqual(80);
  });

  it("keeps core nearly free of dependencies", () => {
    const core = packages.find(({ folder }) => folder === "core");
    expect(Object.keys(core?.manifest.dependencies ?? {}).length).toBeLessThanOrEqual(3);
  });
});
