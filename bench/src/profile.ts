import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector/promises";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** Where time was spent: in one function's own code, not in what it called. */
export interface Spot {
  readonly where: string;
  /** Of the time that was not idle. */
  readonly share: number;
}

/** Waiting, and the profiler's own coming and going. */
const IGNORED: ReadonlySet<string> = new Set(["(idle)", "dispatch (native)"]);
const INTERVAL_MICROSECONDS = 100;

/** Runs something under V8's sampling profiler, and tells where the time went, the most expensive first. */
export async function profile(run: () => Promise<void>): Promise<readonly Spot[]> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL_MICROSECONDS });
  await session.post("Profiler.start");
  await run();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return summarise(profile);
}

function summarise({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly Spot[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const where = names.get(id)!;
    if (IGNORED.has(where)) continue;
    const time = timeDeltas[index] ?? 0;
    spent.set(where, (spent.get(where) ?? 0) + time);
    total += time;
  }
  return [...spent]
    .map(([where, time]) => ({ where, share: time / total }))
    .toSorted((one, other) => other.share - one.share);
}

/** A function with its file, as short as still says whose it is. */
function nameOf({
  functionName,
  url: built,
  lineNumber,
  columnNumber,
}: Profiler.Profile["nodes"][number]["callFrame"]): string {
  if (functionName.startsWith("(")) return functionName;
  const name = functionName === "" ? "anonymous" : functionName;
  if (built === "") return `${name} (native)`;
  const url = sourceOf(built, lineNumber, columnNumber);
  const own = /packages\/([a-z]+)\/(?:src|dist)\/(.+)\.[jt]s$/.exec(url);
  if (own !== null) return `${name} (${own[1]}/${own[2]})`;
  const foreign = /node_modules\/((?:@[^/]+\/)?[^/]+)\/[^/]*(?:\/.*)?$/.exec(
    url.slice(url.lastIndexOf("/node_modules/")),
  );
  return `${name} (${foreign?.[1] ?? url.replace(/^.*\//, "")})`;
}

const maps = new Map<string, SourceMap>();

/** The file that a place in a bundle was written in; other files are their own. */
function sourceOf(url: string, line: number, column: number): string {
  if (!/packages\/[a-z]+\/dist\//.test(url)) return url;
  if (!maps.has(url)) maps.set(url, new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, "utf8"))));
  const entry = maps.get(url)!.findEntry(line, column);
  return "originalSource" in entry ? new URL(entry.originalSource, url).href : url;
}
