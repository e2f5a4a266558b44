import type { CounterPlan, CustomFacts, FactValue } from "../policy/model/types.ts";
import { formatDecimal, parseDecimal } from "../policy/model/values.ts";
import { networkOf } from "../lib/network.ts";
import type { RecordedAttributes } from "../store/records.ts";
import type { CounterBump } from "../store/store.ts";

/** Policy decimals count 10⁻¹⁸, the store counts 10⁻⁶. */
const DECIMAL_UNITS = 10n ** 12n;
const MILLION = 1_000_000;
/** A double holds so many decimal digits. */
const SURE_DIGITS = 15;

/** A counter of the policy, as this request bumps it; `undefined` when the request has nothing to count by. */
export function counterBump(
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
export function counterFact({ kind, fieldType }: CounterPlan, sum: bigint): FactValue {
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
