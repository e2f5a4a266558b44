/** Nothing that a pattern names by accident. */
const SAMPLE = "require-action-sample-4c1f";

/**
 * A path that a pattern of Express or Koa matches, to find out whether others match it too; `undefined` where none can be
 * told, which is for the caller to see by trying it.
 */
function samplePath(pattern: unknown): string | undefined {
  if (typeof pattern !== "string") return undefined;
  return (
    pattern
      // Optional parts are left out: what covers a route has to cover its shortest form.
      .replaceAll(/\{[^{}]*\}/g, "")
      .replaceAll(/\/:\w+(?:\([^()]*\))?\?/g, "")
      .replaceAll(/:(?:\w+|"[^"]+")(?:\([^()]*\))?[*+]?/g, SAMPLE)
      .replaceAll(/\*\w*|\(\.\*\)/g, SAMPLE)
  );
}

/** Joins a mount path and what is below it. */
export function joinPaths(prefix: string, path: string): string {
  const joined = `${prefix === "/" ? "" : prefix.replace(/\/$/, "")}${path === "/" ? "" : path}`;
  return joined === "" ? "/" : joined;
}

/** Paths that a route matches: one in large letters, too, where those are the same to it. */
export type Samples = readonly [plain: string, loud: string];

interface Layer {
  match(path: string): unknown;
}

/** Paths that a layer's own pattern stands for; `undefined` where none is known. */
export function samplesOf(layer: Layer, pattern: unknown): Samples | undefined {
  const sample = samplePath(pattern);
  if (sample === undefined || !layer.match(sample)) return undefined;
  const loud = sample.toUpperCase();
  return [sample, layer.match(loud) ? loud : sample];
}

/** The samples of a mount path and of what is below it. */
export function joinSamples([plainAbove, loudAbove]: Samples, [plain, loud]: Samples): Samples {
  return [joinPaths(plainAbove, plain), joinPaths(loudAbove, loud)];
}

/** Whether every request that the samples stand for passes a layer with this pattern. */
export function passes(layer: Layer, pattern: unknown, samples: Samples | undefined): boolean {
  return samples !== undefined && isPlain(pattern) && samples.every((sample) => Boolean(layer.match(sample)));
}

/** A regular expression may tell values of a parameter apart, but for those that `@koa/router` and Express 4 have for anything. */
function isPlain(pattern: unknown): boolean {
  return [pattern]
    .flat(Infinity)
    .every(
      (one) => typeof one === "string" && !one.replaceAll(/\((?:\.\*|\[\^\/\]\*|\?:\\\/\|\$)\)/g, "").includes("("),
    );
}
