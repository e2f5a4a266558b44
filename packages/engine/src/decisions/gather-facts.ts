import { type Awaitable, type CallOptions, whenSettled } from "@require-action/core/provider";
import type { EngineContext } from "../context/engine-context.ts";
import { lookUpIp } from "../context/fact-sources.ts";
import type { TrackInput } from "../context/track-input.ts";
import { networkOf } from "../lib/address.ts";
import type { CompiledAction, CompiledPolicy, CounterPlan, CustomFacts, FactValue } from "../policy/model/types.ts";
import { formatDecimal, parseDecimal } from "../policy/model/values.ts";
import type { ActionRecord, RecordedAttributes } from "../store/records.ts";
import type { CounterBump } from "../store/store.ts";
import type { FactMaterial } from "./facts.ts";

const noFacts: CustomFacts = Object.freeze(Object.create(null));
const noNames: ReadonlySet<string> = new Set();

/** Either the action that the key is taken by, or all that the rules need to know. */
type GatheredFacts = { readonly enrolled: readonly string[] } & (
  | { readonly recorded: ActionRecord; readonly material: undefined }
  | { readonly recorded: undefined; readonly material: FactMaterial }
);

/** What is to be decided. */
interface FactSubject {
  readonly input: TrackInput;
  readonly policy: CompiledPolicy;
  readonly action: CompiledAction | undefined;
  readonly startedAt: number;
}

/**
 * Learns what the rules of an action need, in one trip to the store: nothing is looked up that no rule names.
 * @throws PolicyInputError for data points that do not fit, EngineError `lookup_failed`
 */
export function gatherFacts(
  { store, clock, facts, methods }: EngineContext,
  { input, policy, action, startedAt }: FactSubject,
  call: CallOptions,
): Awaitable<GatheredFacts> {
  const { key, attributes } = input;
  const custom = action?.parseCustom(attributes.custom ?? {}) ?? noFacts;
  const needed = action?.neededFacts ?? noNames;
  const { counted, bumps } = countersOf(action, input, custom);
  const asked = store.gather({
    key,
    counters: bumps,
    needsUser: action !== undefined && needsUser(action, custom),
    deviceId: needed.has("device.isNew") || needed.has("device.isRemembered") ? attributes.deviceId : undefined,
    needsDeviceCount: needed.has("device.count"),
    now: startedAt,
  });
  return whenSettled(asked, (gathered) => {
    call.progress?.();
    const { recorded, enrolledVerificationMethods: enrolled, user } = gathered;
    if (recorded !== undefined) return { recorded, enrolled, material: undefined };
    const velocity = velocityOf(counted, gathered.counters);
    return whenSettled(lookUpIp(facts, attributes.ipAddress, needed, call), (ip) => {
      const material: FactMaterial = {
        input,
        custom,
        userCustom: user?.custom === undefined ? noFacts : policy.parseUserCustom(user.custom),
        gathered,
        ip,
        velocity,
        isEnrolled: enrolled.some((name) => methods.get(name)?.isBackup === false),
        now: clock.now(),
      };
      return { recorded, enrolled, material };
    });
  });
}

const noVelocity: ReadonlyMap<string, FactValue> = new Map();

function velocityOf(counted: readonly CounterPlan[], sums: readonly bigint[]): ReadonlyMap<string, FactValue> {
  if (counted.length === 0) return noVelocity;
  return new Map(counted.map((plan, place) => [plan.name, counterFact(plan, sums[place] ?? 0n)]));
}

/** The counters that a request bumps, and how. */
interface RequestCounters {
  readonly counted: readonly CounterPlan[];
  readonly bumps: readonly CounterBump[];
}

const noCounters: RequestCounters = Object.freeze({ counted: [], bumps: [] });

function countersOf(
  action: CompiledAction | undefined,
  { key, attributes }: TrackInput,
  custom: CustomFacts,
): RequestCounters {
  if (action === undefined || action.counters.length === 0) return noCounters;
  const counted: CounterPlan[] = [];
  const bumps: CounterBump[] = [];
  for (const plan of action.counters) {
    const bump = counterBump(plan, key.userId, attributes, custom);
    if (bump === undefined) continue;
    counted.push(plan);
    bumps.push(bump);
  }
  return { counted, bumps };
}

/** What of the facts that an action's rules name may be kept with the user. */
interface UserNeeds {
  readonly profile: boolean;
  /** Names of data points. */
  readonly fields: readonly string[];
}

const userNeeds = new WeakMap<CompiledAction, UserNeeds>();

/** What is not in the request may be kept with the user. Sorted out once for each action, as every decision passes here. */
function needsUser(action: CompiledAction, custom: CustomFacts): boolean {
  let needs = userNeeds.get(action);
  if (needs === undefined) {
    const names = [...action.neededFacts];
    needs = {
      profile: names.includes("user.email") || names.includes("user.phoneNumber"),
      fields: names.filter((name) => name.startsWith("custom.")).map((name) => name.slice("custom.".length)),
    };
    userNeeds.set(action, needs);
  }
  if (needs.profile) return true;
  for (const field of needs.fields) if (custom[field] === undefined) return true;
  return false;
}

/** Policy decimals count 10⁻¹⁸, the store counts 10⁻⁶. */
const DECIMAL_UNITS = 10n ** 12n;
const MILLION = 1_000_000;
/** A double holds so many decimal digits. */
const SURE_DIGITS = 15;

/** A counter of the policy, as this request bumps it; `undefined` when the request has nothing to count by. */
function counterBump(
  { name, kind, by, windowMs, field = "", bumps }: CounterPlan,
  userId: string,
  { deviceId, ipAddress }: RecordedAttributes,
  custom: CustomFacts,
): CounterBump | undefined {
  const subject = by === "user" ? userId : by === "device" ? deviceId : ipAddress && networkOf(ipAddress);
  if (subject === undefined) return undefined;
  const amount = !bumps ? 0n : kind === "count" ? BigInt(MILLION) : millionths(custom[field]);
  return { key: ["velocity", name, by, subject, String(windowMs)], windowMs, amount };
}

/** A counter's value as rules compare it. */
function counterFact({ kind, fieldType }: CounterPlan, sum: bigint): FactValue {
  return kind === "sum" && fieldType === "decimal" ? formatDecimal(sum * DECIMAL_UNITS) : Number(sum) / MILLION;
}

/**
 * What a data point adds. A negative one adds nothing: otherwise a made-up refund would make room for the next
 * withdrawal. Digits beyond the sixth are rounded up.
 */
function millionths(value: FactValue | undefined): bigint {
  if (typeof value === "number") {
    if (!(value > 0)) return 0n;
    if (value > Number.MAX_SAFE_INTEGER / MILLION) return BigInt(Math.ceil(value)) * BigInt(MILLION);
    const product = value * MILLION;
    // As far as a double is sure: 8.3 × 10⁶ is 8300000.000000001, and is not to count as more than 8.3.
    // With more of them before the point than it is sure of, none is to be lost.
    if (product >= 10 ** SURE_DIGITS) return BigInt(Math.round(product));
    return BigInt(Math.ceil(Number.isInteger(product) ? product : Number(product.toPrecision(SURE_DIGITS))));
  }
  const units = parseDecimal(value) ?? 0n;
  return units > 0n ? (units + DECIMAL_UNITS - 1n) / DECIMAL_UNITS : 0n;
}
