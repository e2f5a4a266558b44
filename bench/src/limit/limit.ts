import { hash, randomUUID } from "node:crypto";
import { ACTION } from "../subject-policy.ts";
import { createLimitSeals } from "./seals.ts";

/** A request as the hand-written code has it. */
export interface LimitRequest {
  /** What the approval is noted for. */
  readonly native: object;
  readonly user: string;
  readonly ip: string;
  readonly userAgent: string;
  readonly body: { readonly amount: string; readonly currency: string; readonly payee: string };
}

/** The same work as guard and engine do, written out by hand: what nothing that gives the same guarantees can be faster than. */
export interface Limit {
  /** The guard's part: seals the bound fields, and notes the frozen approval for the request. */
  guard(request: LimitRequest): boolean;
  /** The whole ALLOW: the guard's part, ten rules, a record and an event that are kept. */
  allow(request: LimitRequest): boolean;
  /** The whole verified retry: token, recorded action, event, seal and digest, and a claim that is kept. */
  retry(request: LimitRequest, token: string): boolean;
  /** An approval of a request, as a completed challenge leaves it: an action that is kept, and its result token. */
  approve(user: string, body: LimitRequest["body"]): string;
}

const KEPT = 100_000;
const CLAIM_MS = 86_400_000;
const HEADER = `${encode({ alg: "HS256", typ: "result", kid: "limit" })}.`;

/** Creates the hand-written work. All of it is synchronous, and nothing is checked that this bench does not send. */
export function createLimit(rules: number): Limit {
  const { seal, opens, tokenMac } = createLimitSeals("a-secret-of-the-bench-that-is-32-bytes-long");
  const passed = new WeakMap<object, object>();
  const actions = new Map<string, string>();
  const claims = new Map<string, number>();
  const events: string[] = [];
  const conditions = Array.from(
    { length: rules },
    (_, index) => (amount: number, payee: string) => amount > 1000 + index && payee === `p-${index}`,
  );

  function note({ native, user, body }: LimitRequest, ground: string, key: string): void {
    const bound = Object.freeze({ ...body });
    passed.set(native, Object.freeze({ action: ACTION, userId: user, ground, key, bound, failedOpen: false }));
  }

  function keepAction(user: string, key: string, value: unknown): void {
    if (actions.size >= KEPT) for (const oldest of actions.keys()) if (actions.delete(oldest)) break;
    actions.set(`${user}|${ACTION}|${key}`, JSON.stringify(value));
  }

  function keepEvent(event: object): void {
    if (events.push(JSON.stringify(event)) >= 2 * KEPT) events.splice(0, KEPT);
  }

  return {
    guard(request) {
      const key = seal(request.user, ACTION, canonical(request.body));
      note(request, "allowed", key);
      return key.length === 98;
    },
    allow(request) {
      const { native, user, ip, userAgent, body } = request;
      const key = seal(user, ACTION, canonical(body));
      const amount = Number(body.amount);
      const matched = conditions.filter((matches) => matches(amount, body.payee));
      if (matched.length > 0) return false;
      const actionId = randomUUID();
      const at = Date.now();
      keepAction(user, key, [at, actionId, "ALLOW", { ipAddress: ip, userAgent, custom: body }]);
      keepEvent({ type: "action.tracked", at, userId: user, action: ACTION, actionId, state: "ALLOW" });
      note(request, "allowed", key);
      return passed.has(native);
    },
    retry(request, token) {
      const { native, user, body } = request;
      const end = token.lastIndexOf(".");
      if (!token.startsWith(HEADER) || tokenMac(token.slice(0, end)) !== token.slice(end + 1)) return false;
      const payload = Buffer.from(token.slice(HEADER.length, end), "base64url").toString();
      const { sub, action, key, exp } = JSON.parse(payload) as ResultClaims;
      const at = Date.now();
      if (sub !== user || action !== ACTION || exp * 1000 <= at) return false;
      const recorded = actions.get(`${user}|${ACTION}|${key}`);
      if (recorded === undefined) return false;
      const [, actionId, state] = JSON.parse(recorded) as readonly [number, string, string];
      if (state !== "CHALLENGE_SUCCEEDED") return false;
      keepEvent({ type: "result.validated", at, userId: user, action: ACTION, actionId, state });
      if (!opens(key, user, ACTION, canonical(body))) return false;
      const name = hash("sha256", key, "base64url");
      if (claims.has(name)) return false;
      claims.set(name, at + CLAIM_MS);
      note(request, "challenge", key);
      return passed.has(native);
    },
    approve(user, body) {
      const key = seal(user, ACTION, canonical(body));
      keepAction(user, key, [Date.now(), randomUUID(), "CHALLENGE_SUCCEEDED", { custom: body }]);
      const claims: ResultClaims = { sub: user, action: ACTION, key, exp: Math.floor(Date.now() / 1000) + 600 };
      const signed = `${HEADER}${encode(claims)}`;
      return `${signed}.${tokenMac(signed)}`;
    },
  };
}

interface ResultClaims {
  readonly sub: string;
  readonly action: string;
  readonly key: string;
  readonly exp: number;
}

function canonical({ amount, currency, payee }: LimitRequest["body"]): string {
  return `{"amount":${JSON.stringify(amount)},"currency":${JSON.stringify(currency)},"payee":${JSON.stringify(payee)}}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
