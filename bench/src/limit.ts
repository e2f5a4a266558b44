import { hash, hkdfSync, randomFillSync, randomUUID } from "node:crypto";
import { ACTION, type withdrawal } from "./subject-policy.ts";

/** A request as the hand-written code has it. */
interface LimitRequest {
  readonly user: string;
  readonly ip: string;
  readonly userAgent: string;
  readonly body: typeof withdrawal;
}

/** The same work as guard and engine do, written out by hand: what nothing that gives the same guarantees can be faster than. */
export interface Limit {
  /** The guard's part: seals the bound fields, and notes the frozen approval for the request. */
  guard(request: LimitRequest): boolean;
  /** The whole ALLOW: the guard's part, ten rules, a record and an event that are kept. */
  allow(request: LimitRequest): boolean;
}

const KEPT = 100_000;
const SEALED_BYTES = 70;

/** Creates the hand-written work. All of it is synchronous, and nothing is checked that this bench does not send. */
export function createLimit(rules: number): Limit {
  const digestKey = deriveKey("digest");
  const macKey = deriveKey("seal");
  const pool = new Uint8Array(16 * 256);
  let drawn = 256;
  const passed = new WeakMap<object, object>();
  const actions = new Map<string, string>();
  const events: string[] = [];
  const conditions = Array.from(
    { length: rules },
    (_, index) => (amount: number, payee: string) => amount > 1000 + index && payee === `p-${index}`,
  );

  function seal(user: string, bound: string): string {
    if (drawn === 256) {
      randomFillSync(pool);
      drawn = 0;
    }
    const sealed = Buffer.allocUnsafe(SEALED_BYTES);
    sealed.writeUIntBE(Date.now(), 0, 6);
    sealed.set(pool.subarray(16 * drawn, 16 * ++drawn), 6);
    sealed.write(hmac(digestKey, bound), 22, 24, "latin1");
    sealed.write(hmac(macKey, `ra1_|${user}|${ACTION}|${sealed.toString("latin1", 0, 46)}`), 46, 24, "latin1");
    return `ra1_${sealed.toString("base64url")}`;
  }

  function canonical({ amount, currency, payee }: LimitRequest["body"]): string {
    return `{"amount":${JSON.stringify(amount)},"currency":${JSON.stringify(currency)},"payee":${JSON.stringify(payee)}}`;
  }

  function note(request: LimitRequest, key: string): void {
    const { user, body } = request;
    const bound = Object.freeze({ ...body });
    passed.set(
      request,
      Object.freeze({ action: ACTION, userId: user, ground: "allowed", key, bound, failedOpen: false }),
    );
  }

  function keep(key: string, value: string, event: string): void {
    if (actions.size >= KEPT) for (const oldest of actions.keys()) if (actions.delete(oldest)) break;
    actions.set(key, value);
    if (events.push(event) >= 2 * KEPT) events.splice(0, KEPT);
  }

  return {
    guard(request) {
      const key = seal(request.user, canonical(request.body));
      note(request, key);
      return key.length === 98;
    },
    allow(request) {
      const { user, ip, userAgent, body } = request;
      const key = seal(user, canonical(body));
      const amount = Number(body.amount);
      const matched = conditions.filter((matches) => matches(amount, body.payee));
      if (matched.length > 0) return false;
      const actionId = randomUUID();
      const at = Date.now();
      keep(
        `${user}|${ACTION}|${key}`,
        JSON.stringify([at, actionId, "ALLOW", { ipAddress: ip, userAgent, custom: body }]),
        JSON.stringify({ type: "action.tracked", at, userId: user, action: ACTION, actionId, state: "ALLOW" }),
      );
      note(request, key);
      return passed.has(request);
    },
  };
}

interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

function deriveKey(purpose: string): HmacKey {
  const key = new Uint8Array(hkdfSync("sha256", "a-secret-of-the-bench-that-is-32-bytes-long", "", purpose, 32));
  const padded = (pad: number, more: number): Buffer => {
    const block = Buffer.alloc(64 + more, pad);
    for (let index = 0; index < 64; index++) block[index] = pad ^ (key[index] ?? 0);
    return block;
  };
  return { inner: padded(0x36, 1_024), outer: padded(0x5c, 32) };
}

/** HMAC-SHA-256 of a text of at most 1,024 bytes, as a string of one-byte characters. */
function hmac({ inner, outer }: HmacKey, text: string): string {
  const end = 64 + inner.write(text, 64, "latin1");
  outer.write(hash("sha256", inner.subarray(0, end), "binary"), 64, "latin1");
  return hash("sha256", outer, "binary");
}
