const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const LONGEST_MS = 90 * 86_400_000;

/** Reads `30s`, `15m`, `24h` or `7d` as milliseconds; `undefined` when it is none of these or above 90 days. */
export function parseWindow(text: string): number | undefined {
  const unit = UNIT_MS.get(text.slice(-1));
  const count = Number(text.slice(0, -1));
  if (unit === undefined || !Number.isSafeInteger(count) || count < 1) return undefined;
  const windowMs = count * unit;
  return windowMs <= LONGEST_MS ? windowMs : undefined;
}
