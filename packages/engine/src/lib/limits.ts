import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The engine's figures. Times are milliseconds. Each has a ceiling that cannot be raised. */
export interface EngineLimits {
  /** Wrong answers per user and authenticator within `attemptWindowMs`, over all codes, sessions and resends. */
  readonly attempts: number;
  readonly attemptWindowMs: number;
  /** Wrong answers in a row after which an authenticator is locked until an operator unlocks it, or a method's enrolment for 30 days. */
  readonly consecutiveFailures: number;
  /** Codes sent per user and authenticator within `sendWindowMs`. */
  readonly sends: number;
  readonly sendWindowMs: number;
  readonly codeLifetimeMs: number;
  readonly challengeTokenLifetimeMs: number;
  readonly resultTokenLifetimeMs: number;
  /** How long a begun enrolment can be completed. */
  readonly enrollmentLifetimeMs: number;
  /** How long a review may stay open before it is refused by itself. */
  readonly reviewLifetimeMs: number;
  readonly deliveryTimeoutMs: number;
  readonly accessTokenLifetimeMs: number;
  /** How long a session lasts, however often it is refreshed. */
  readonly sessionLifetimeMs: number;
}

const figures: Readonly<Record<keyof EngineLimits, readonly [byDefault: number, least: number, most: number]>> = {
  attempts: [5, 1, 10],
  attemptWindowMs: [15 * MINUTE, MINUTE, DAY],
  consecutiveFailures: [100, 5, 100],
  sends: [5, 1, 20],
  sendWindowMs: [10 * MINUTE, MINUTE, DAY],
  codeLifetimeMs: [5 * MINUTE, MINUTE / 2, 10 * MINUTE],
  challengeTokenLifetimeMs: [10 * MINUTE, MINUTE / 2, 10 * MINUTE],
  resultTokenLifetimeMs: [2 * MINUTE, MINUTE / 6, 10 * MINUTE],
  enrollmentLifetimeMs: [10 * MINUTE, MINUTE, 60 * MINUTE],
  reviewLifetimeMs: [3 * DAY, MINUTE, 30 * DAY],
  deliveryTimeoutMs: [10_000, 10, MINUTE],
  accessTokenLifetimeMs: [10 * MINUTE, MINUTE, 60 * MINUTE],
  sessionLifetimeMs: [DAY, 10 * MINUTE, 30 * DAY],
};

/** The schema of the engine's `limits`. */
export const limitsSchema: OptionsSchema<Partial<EngineLimits>> = defineOptions<Partial<EngineLimits>>({
  required: {},
  optional: Object.fromEntries(
    Object.entries(figures).map(([name, [, least, most]]) => [name, option.whole({ least, most })]),
  ) as Record<keyof EngineLimits, ReturnType<typeof option.whole>>,
});

/** The figures that were given, and the default of each other. */
export function parseLimits(given: Partial<EngineLimits> = {}): EngineLimits {
  const names = Object.keys(figures) as (keyof EngineLimits)[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? figures[name][0]])) as unknown as EngineLimits;
}
