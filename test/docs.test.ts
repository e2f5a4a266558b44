import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type WebhookRefusal, WebhookError } from "@require-action/authsignal";
import { actionErrorCatalog } from "@require-action/client";
import { errorCatalog, helpUrl } from "@require-action/core";
import { engineReasons } from "@require-action/engine";
import { compilePolicy } from "@require-action/engine/policy";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { examples } from "./examples.ts";
import { anchors, blocks, documents, internalLinks, prose } from "./markdown.ts";
import { compileSnippets, sentinels, snippets } from "./snippets.ts";
import { filesBelow, read, root } from "./workspace.ts";

describe("docs/errors.md", () => {
  const webhookRefusals: Readonly<Record<WebhookRefusal, true>> = {
    signature_missing: true,
    signature_malformed: true,
    signature_mismatch: true,
    timestamp_outside_tolerance: true,
    body_missing: true,
    event_malformed: true,
    other_tenant: true,
    replayed: true,
  };
  const webhookErrors = Object.keys(webhookRefusals).map((reason) => new WebhookError(reason as WebhookRefusal));
  const statuses = new Map<string, number>([
    ...Object.entries(errorCatalog).map(([code, { status }]) => [code, status] as const),
    ...Object.entries(engineReasons),
    ...webhookErrors.map(({ code, status }) => [code, status] as const),
  ]);
  const text = read("docs/errors.md");
  const documented = new Map(
    [...text.matchAll(/^### ([a-z_]+)\n\nStatus (\d{3})\b/gm)].map(([, code = "", status]) => [code, Number(status)]),
  );

  it("explains each code, with its status, and no other", () => {
    expect([...text.matchAll(/^### (.+)$/gm)].map(([, code]) => code).toSorted()).toEqual(
      [...statuses.keys()].toSorted(),
    );
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(statuses));
  });

  it("names each reason of a webhook's refusal", () => {
    expect(Object.keys(webhookRefusals).filter((reason) => !text.includes(`\`${reason}\``))).toEqual([]);
  });

  it("is where the help link of each code leads", () => {
    const known = anchors("docs/errors.md");
    const codes = Object.keys(errorCatalog) as (keyof typeof errorCatalog)[];
    expect(codes.filter((code) => !known.has(helpUrl(code).split("docs/errors.md#")[1] ?? ""))).toEqual([]);
  });
});

it("the client's README explains each code of the client, and no other", () => {
  const table = read("packages/client/README.md").matchAll(/^\| `([a-z_]+)` +\|/gm);
  expect(Array.from(table, ([, code]) => code).toSorted()).toEqual(Object.keys(actionErrorCatalog).toSorted());
});

describe("options", () => {
  it.each([
    [
      "packages/core/src/settings/guard-options.ts",
      ["SharedOptions", "GuardOptions", "ActionOptions"],
      "docs/options.md",
    ],
    ["packages/engine/src/engine-options.ts", ["EngineOptions"], "packages/engine/README.md"],
    ["packages/server/src/server-options.ts", ["ServerOptions"], "packages/server/README.md"],
  ])("of %s have a row each in a table: %s of %s", (file, interfaces, document) => {
    const options = interfaces.flatMap((name) => {
      const [, members = ""] =
        read(file).match(new RegExp(`^export interface ${name}\\b[^{]*\\{([^]*?)^\\}`, "m")) ?? [];
      return Array.from(members.matchAll(/^ {2}readonly (\w+)/gm), ([, option = ""]) => option);
    });
    expect(options.length).toBeGreaterThan(5);
    const text = read(document);
    expect(options.filter((option) => !new RegExp(`^\\| \`${option}\` `, "m").test(text))).toEqual([]);
  });
});

describe("code in documents", () => {
  let errors: readonly string[];

  beforeAll(async () => {
    errors = await compileSnippets();
  }, 120_000);

  it("is compiled at all, against packages that build", () => {
    expect(inject("buildErrors")).toBe("");
    expect(snippets.length).toBeGreaterThan(5);
    expect(sentinels.filter((file) => !errors.some((line) => line.startsWith(`test/.snippets/${file}`)))).toEqual([]);
    expect(errors.filter((line) => line.startsWith("error "))).toEqual([]);
  });

  it("includes each example of a doc comment", () => {
    const sources = filesBelow("packages", ".ts").filter((file) => /^packages\/\w+\/src\//.test(file));
    const tagged = sources.flatMap((file) => (read(file).match(/@example$/gm) ?? []).map(() => file));
    expect(examples.map(({ file }) => file).toSorted()).toEqual(tagged.toSorted());
  });

  it.each(snippets)("$place compiles", ({ file }) => {
    expect(errors.filter((line) => line.startsWith(`test/.snippets/${file}`))).toEqual([]);
  });

  const shown = documents.flatMap(blocks).filter(({ shows }) => shows !== undefined);

  it("shows files among it", () => expect(shown.length).toBeGreaterThan(0));

  it.each(shown)("$document:$line is $shows", ({ code, shows }) => {
    expect(code).toBe(read(shows!));
  });

  const policies = blocks("docs/policy.md").filter(
    ({ language, shows }) => shows === undefined && (language === "yaml" || language === "json"),
  );

  it("has policies among it", () => expect(policies.length).toBeGreaterThan(0));

  it.each(policies)("the policy at docs/policy.md:$line has no mistake", ({ code }) => {
    expect(compilePolicy(code).actionCodes).not.toEqual([]);
  });
});

it("the README is short", () => expect(read("README.md").split("\n").length).toBeLessThanOrEqual(121));

describe.each(documents)("%s", (document) => {
  it("has no cell of a table that is longer than 160 characters", () => {
    // Of a link, readers see its text; rows of dashes are as wide as the widest cell with its links.
    const rows = prose(document).matchAll(/^\|(?! -).+\|$/gm);
    const cells = [...rows].flatMap(([row]) => row.slice(1, -1).split(/(?<!\\)\|/));
    const shown = cells.map((cell) => cell.trim().replaceAll(/\]\([^()]*\)/g, "]"));
    expect(shown.filter((cell) => cell.length > 160)).toEqual([]);
  });

  it("links to what exists", () => {
    const broken = internalLinks(document).filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? document : normalize(join(dirname(document), path));
      if (!existsSync(root + file)) return true;
      return anchor !== undefined && !anchors(file).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...read(document).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
