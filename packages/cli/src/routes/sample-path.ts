/** Nothing that a pattern names by accident. */
const SAMPLE = "require-action-sample-4c1f";

/**
 * A path that a pattern of Express or Koa matches, to find out whether others match it too; `undefined` where none can be
 * told, which is for the caller to see by trying it.
 */
export function samplePath(pattern: unknown): string | undefined {
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
