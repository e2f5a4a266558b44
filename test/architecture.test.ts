import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { missingPaths, namedPaths } from "./named-paths.ts";
import { filesBelow, packages, read } from "./workspace.ts";

/** Which packages of ours each may lean on; arrows run one way. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  express: ["core"],
  koa: ["core"],
  fastify: ["core"],
  hono: ["core"],
  fetch: ["core"],
  nestjs: ["core"],
  ai: ["core"],
  mcp: ["core"],
  parked: ["core"],
  authsignal: ["core"],
  engine: ["core"],
  redis: ["core"],
  opentelemetry: ["core"],
  sql: ["engine", "core"],
  server: ["engine", "core"],
  cli: ["server", "sql", "parked", "engine", "core"],
  client: ["core"],
  testing: ["core"],
  conformance: ["testing", "engine", "core"],
};

/**
 * The rooms of a package, from the top down: a file imports from its own room and from those below. The entry of a room,
 * `index.ts`, only re-exports, and belongs to none.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [
    "agents",
    "guard",
    "pipeline",
    "settings",
    "outcome",
    "inbox",
    "binding",
    "request",
    "provider/resilience",
    "provider",
    "ledger",
    "parked",
    "options",
    "reply",
    "lib",
  ],
  engine: [
    ".",
    "sign-in",
    "sessions",
    "challenges",
    "decisions",
    "reviewers",
    "users",
    "actions",
    "figures",
    "context",
    "methods",
    "keys",
    "receipts",
    "store/memory",
    "store",
    "figures/model",
    "policy/import",
    "policy",
    "policy/conditions",
    "policy/model",
    "policy/reading",
    "webauthn",
    "lib",
  ],
  server: [
    ".",
    "server-api",
    "oidc",
    "console",
    "console/figures",
    "console/people",
    "console/queue",
    "console/page",
    "dev",
    "webhooks",
    "web-push",
    "security-events",
    "pages/approvals",
    "pages/messages",
    "pages",
    "client-api",
    "code-challenges",
    "management",
    "theme",
    "secrets",
    "languages",
    "languages/catalogue",
    "http",
  ],
  cli: [".", "commands", "routes", "serve", "receipts", "store", "policy", "lib"],
  client: [".", "react", "redirect", "fetch", "presenters", "challenge", "wire"],
  authsignal: [".", "webhook", "api", "http"],
  fetch: [".", "lambda", "handler", "request"],
  sql: [
    "inbox",
    "store",
    "store/verbs",
    "store/gather",
    "store/records",
    "ledger",
    "postgres",
    "sqlite",
    "migrations",
    "database",
  ],
};

/** The packages whose rooms docs/ARCHITECTURE.md draws. */
const drawn: ReadonlySet<string> = new Set(["core", "engine"]);

/** How many files a room holds at most, and how many floors a package has: its longest chain of imports by values. */
const MOST_FILES = 15;
const MOST_FLOORS = 9;

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
    // What begins with # is of the package itself.
    const external = imports.filter(({ specifier }) => !/^[.#]/.test(specifier) && !isBuiltin(specifier));

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
      const isLong = (text: string): boolean => !text.startsWith("// Generated") && text.split("\n").length > 300;
      expect(filesBelow(`packages/${folder}/src`, ".ts").filter((file) => isLong(read(file)))).toEqual([]);
    });
  });

  it.each(["express/src", "koa/src", "fastify/src", "hono/src", "fetch/src/handler"])(
    "keeps the adapter of %s within 80 lines",
    (folder) => {
      expect(read(`packages/${folder}/require-action.ts`).split("\n").length).toBeLessThanOrEqual(80);
    },
  );

  it.each(["bun", "deno", "elysia", "h3", "lambda", "next", "sveltekit"])(
    "keeps the %s of fetch in 40 lines",
    (platform) => {
      expect(read(`packages/fetch/src/${platform}.ts`).trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    },
  );

  it("keeps core nearly free of dependencies", () => {
    const core = packages.find(({ folder }) => folder === "core");
    expect(Object.keys(core?.manifest.dependencies ?? {}).length).toBeLessThanOrEqual(3);
  });
});

describe("the documents of the architecture", () => {
  it("name files and folders in inline code, told from media types, requests and words", () => {
    const text =
      "`test/a.ts`, `docs/`, `application/json`, `/claim`, `a/../b`, `proceed`, test/b.ts\n```\n`c.ts`\n```\n";
    expect(namedPaths(text)).toEqual(["test/a.ts", "docs/"]);
  });

  it("cannot name what does not exist without being noticed", () => {
    const text = "`test/workspace.ts`, `test/gone.ts`, `docs/`, `docs/gone/`, `test/workspace.ts/`";
    expect(missingPaths(text)).toEqual(["test/gone.ts", "docs/gone/", "test/workspace.ts/"]);
  });

  it.each(["docs/ARCHITECTURE.md", ...filesBelow("docs/adr", ".md")])("%s names files that exist", (document) => {
    expect(missingPaths(read(document))).toEqual([]);
  });

  it.each(Object.entries(rooms).filter(([folder]) => drawn.has(folder)))(
    "draw the rooms of %s from the top down",
    (folder, order) => {
      const [, picture = ""] = read("docs/ARCHITECTURE.md").match(/^```\n([\s\S]*?)^```$/m) ?? [];
      expect(roomsDrawn(picture, folder)).toEqual(order.filter((room) => /^\w[\w-]*$/.test(room)));
    },
  );

  /** The first words of the rows in the box of this name. */
  function roomsDrawn(picture: string, box: string): readonly string[] {
    const rows = picture.split("\n");
    const top = rows.findIndex((row) => row.includes(`┌─ ${box} ─`));
    const left = rows[top]?.indexOf(`┌─ ${box} ─`) ?? 0;
    const bottom = rows.findIndex((row, index) => index > top && row[left] === "└");
    const words = rows.slice(top + 1, bottom).map((row) => /^[\w.-]+/.exec(row.slice(left + 2))?.[0] ?? "");
    return words.filter((word) => word !== "" && !word.endsWith(".ts"));
  }
});

/** The imports of each file within its package: by file, whether anything but types is imported. */
function importsWithin(folder: string): ReadonlyMap<string, ReadonlyMap<string, boolean>> {
  const source = `packages/${folder}/src`;
  const declaration = /^(?:import|export)\s+(type\s+)?([^"';]*?)\sfrom\s+"(\.[^"]+)"/gm;
  return new Map(
    [...filesBelow(source, ".ts"), ...filesBelow(source, ".tsx")].map((file) => {
      const imported = new Map<string, boolean>();
      for (const [, typesOnly, names = "", specifier = ""] of read(file).matchAll(declaration)) {
        const target = relative(source, join(dirname(file), specifier));
        const listed = names.replace(/[{}]/g, "").split(",");
        const isValue =
          typesOnly === undefined && listed.some((name) => name.trim() !== "" && !name.trim().startsWith("type "));
        imported.set(target, (imported.get(target) ?? false) || isValue);
      }
      return [relative(source, file), imported] as const;
    }),
  );
}

/** The number of files on the longest chain of imports by values that begins at a file. */
function floorsOf(graph: ReadonlyMap<string, ReadonlyMap<string, boolean>>): number {
  const known = new Map<string, number>();
  const below = (file: string): number => {
    const counted = known.get(file);
    if (counted !== undefined) return counted;
    const values = [...(graph.get(file) ?? [])].filter(([, isValue]) => isValue).map(([target]) => target);
    const floors = 1 + Math.max(0, ...values.map(below));
    known.set(file, floors);
    return floors;
  };
  return Math.max(...[...graph.keys()].map(below));
}

describe.each(Object.entries(rooms))("the rooms of %s", (folder, order) => {
  const graph = importsWithin(folder);

  it("are drawn for every file", () => {
    const entries = Object.values(packages.find((one) => one.folder === folder)!.manifest.exports).flatMap((target) => {
      const { "@require-action/source": source } = target as { readonly "@require-action/source"?: string };
      return source === undefined ? [] : [source.replace("./src/", "")];
    });
    expect([...graph.keys()].filter((file) => !order.includes(dirname(file)) && !entries.includes(file))).toEqual([]);
  });

  it("are imported from above only", () => {
    const up = [...graph].flatMap(([file, targets]) =>
      [...targets.keys()]
        .filter((target) => !file.endsWith("index.ts") && order.indexOf(dirname(target)) < order.indexOf(dirname(file)))
        .map((target) => `${file} → ${target}`),
    );
    expect(up).toEqual([]);
  });

  it(`hold at most ${MOST_FILES} files each`, () => {
    const counts = new Map<string, number>();
    for (const file of graph.keys()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
  });

  it(`have at most ${MOST_FLOORS} floors`, () => {
    expect(floorsOf(graph)).toBeLessThanOrEqual(MOST_FLOORS);
  });
});

describe("the count of floors", () => {
  const graph = (
    edges: Readonly<Record<string, readonly string[]>>,
  ): ReadonlyMap<string, ReadonlyMap<string, boolean>> =>
    new Map(Object.entries(edges).map(([file, targets]) => [file, new Map(targets.map((target) => [target, true]))]));

  it("takes the longest chain", () => {
    expect(floorsOf(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toBe(3);
  });
});
