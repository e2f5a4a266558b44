import { fileURLToPath } from "node:url";
import { median } from "../median.ts";
import type { Aim, GroupReport, Pace, Work } from "../report.ts";
import { installedSize } from "../rest/installed-size.ts";
import { runOnce } from "../rest/run-once.ts";
import { startServe } from "../rest/serve-start.ts";
import { inRounds } from "../rounds.ts";

/** What an application may import. `testing` is for its tests. */
const packages = [
  "core",
  "express",
  "koa",
  "fastify",
  "hono",
  "nestjs",
  "authsignal",
  "engine",
  "redis",
  "sql",
  "server",
  "client",
] as const;

const plans = {
  full: { rounds: 7, packages, claims: 200_000, starts: 7 },
  quick: { rounds: 2, packages, claims: 100_000, starts: 2 },
  // Of a thousand claims, what the collector happens to free weighs more than what they take.
  tiny: { rounds: 1, packages: ["core", "engine"], claims: 50_000, starts: 1 },
} as const;

const MEGABYTE = 1_000_000;
/** Milliseconds that an import may take. Express's adapter imports core. */
const demandedImports = { express: 25, engine: 60 } as const;

/** What having it costs before anybody asks anything. */
export async function measureRest(pace: Pace): Promise<GroupReport> {
  const { rounds, packages, claims, starts } = plans[pace];
  const parts = [await measureImports(packages, rounds), await measureMemory(claims), await measureStart(starts)];
  return {
    title: "At rest",
    tables: parts.flatMap(({ tables }) => tables),
    aims: parts.flatMap(({ aims }) => aims),
    work: parts.flatMap(({ work }) => work),
    skipped: [],
  };
}

type Part = Pick<GroupReport, "tables" | "aims" | "work">;

async function measureImports(packages: readonly string[], rounds: number): Promise<Part> {
  const samples = new Map<string, { milliseconds: number; rssBytes: number; exports: number }[]>();
  const names = packages.map((name) => `@require-action/${name}`);
  await inRounds(["nothing", ...names], rounds, async (name) => {
    samples.set(name, [...(samples.get(name) ?? []), await runOnce("rest/import-child", [name])]);
  });
  const sizes = packages.map((name) =>
    installedSize(fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url))),
  );
  return {
    work: names.map((subject): Work => ({
      subject,
      asked: rounds,
      done: samples.get(subject)!.filter(({ exports }) => exports > 0).length,
    })),
    tables: [
      {
        title: "Each package in a fresh process, and what is installed with it",
        columns: [
          { name: "import ms", digits: 1 },
          { name: "RSS MB", digits: 1 },
          { name: "own dependencies", digits: 0 },
          { name: "all dependencies", digits: 0 },
          { name: "their MB", digits: 2 },
        ],
        rows: names.map((subject, index) => {
          const { direct, packages: all, bytes } = sizes[index]!;
          const own = samples.get(subject)!;
          const rss =
            median(own.map(({ rssBytes }) => rssBytes)) -
            median(samples.get("nothing")!.map(({ rssBytes }) => rssBytes));
          const figures = [median(own.map(({ milliseconds }) => milliseconds)), Math.max(0, rss) / MEGABYTE];
          return { subject, figures: [...figures, direct, all, bytes / MEGABYTE] };
        }),
        note: "RSS is what the import adds. Dependencies are runtime dependencies of others' making; a framework, a database's client and React are the application's own.",
      },
    ],
    aims: [
      {
        id: "rest-dependencies",
        what: "Runtime dependencies of core",
        measured: sizes[0]!.packages,
        unit: "",
        bound: { atMost: 3 },
      },
      ...Object.entries(demandedImports).flatMap(([name, atMost]): Aim[] => {
        const own = samples.get(`@require-action/${name}`);
        if (own === undefined) return [];
        const measured = median(own.map(({ milliseconds }) => milliseconds));
        return [
          {
            id: `rest-import-${name}`,
            what: `Import of @require-action/${name}`,
            measured,
            unit: "ms",
            bound: { atMost },
          },
        ];
      }),
    ],
  };
}

interface KeptBytes {
  readonly bytes: number;
  readonly kept: number;
}

/** What is kept of a request: of an approval that was used, and of one that was allowed. */
async function measureMemory(count: number): Promise<Part> {
  const flags = ["--expose-gc"];
  const claims = await runOnce<KeptBytes>("rest/claims-child", [String(count)], flags);
  const actions = await runOnce<KeptBytes>("rest/actions-child", [String(count)], flags);
  return {
    work: [
      { subject: "claims in memory", asked: count, done: claims.kept },
      { subject: "actions in memory", asked: count, done: actions.kept },
    ],
    tables: [
      {
        title: "What is kept in memory",
        columns: [{ name: "bytes each", digits: 0 }],
        rows: [
          { subject: `${count.toLocaleString("en")} live claims in the memory ledger`, figures: [claims.bytes] },
          { subject: `${count.toLocaleString("en")} allowed actions in the memory store`, figures: [actions.bytes] },
        ],
      },
    ],
    aims: [
      {
        id: "rest-claim-bytes",
        what: "Memory of a live claim",
        measured: claims.bytes,
        unit: "bytes",
        bound: { atMost: 160 },
      },
      {
        id: "rest-action-bytes",
        what: "Memory of an allowed action, its event included, in the memory store",
        measured: actions.bytes,
        unit: "bytes",
        bound: { atMost: 600 },
      },
    ],
  };
}

async function measureStart(starts: number): Promise<Part> {
  const milliseconds: number[] = [];
  for (let start = 0; start < starts; start++) milliseconds.push(await startServe());
  const each = median(milliseconds);
  return {
    work: [{ subject: "require-action serve", asked: starts, done: milliseconds.length }],
    tables: [
      {
        title: "Start of a server",
        columns: [{ name: "ms", digits: 0 }],
        rows: [{ subject: "require-action serve, from its start to its first answer", figures: [each] }],
      },
    ],
    aims: [
      {
        id: "rest-serve-start",
        what: "Start of require-action serve to its first answer",
        measured: each,
        unit: "ms",
        bound: { atMost: 1_000 },
      },
    ],
  };
}
