import { createGuard, type ActionOptions, type GuardOptions } from "@require-action/core";
import type { GuardRequest, Verdict } from "@require-action/core/adapter";
import { createEngine } from "@require-action/engine";
import { createClientApi } from "@require-action/server/client-api";
import { createServer } from "@require-action/server";
import { createManualClock } from "@require-action/testing";

const policy = {
  actions: {
    pay: { defaultOutcome: "BLOCK" },
    move: { defaultOutcome: "CHALLENGE" },
    hold: { defaultOutcome: "REVIEW" },
    free: { defaultOutcome: "ALLOW" },
  },
} as const;
const secret = "an engine secret for tests, 32 bytes long";
const SEAL_SECRET = "a seal secret of at least thirty-two bytes";
const ledger = { name: "always", claim: async () => true, release: async () => {} };
const API_SECRET = "a-server-api-secret";

interface Native {
  readonly user?: { readonly id: string };
}

// Made before anything is inherited: an application that starts so does not start at all, for the most part.
const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
const engine = createEngine({
  policy,
  secrets: [secret],
  issuer: "https://b.example",
  baseUrl: "https://b.example/a",
  clock,
});
let userAuthenticatorId: string;
async function enroll(): Promise<void> {
  if ((await engine.authenticators.list("alice")).length === 1) return;
  ({ userAuthenticatorId } = await engine.authenticators.enrollVerified("alice", {
    verificationMethod: "AUTHENTICATOR_APP",
    otpUri: "otpauth://totp/b:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=b",
  }));
}
await enroll();
const clientApi = createClientApi(engine, { tenantId: "bank" });
const serverApi = createServer(engine, { apiSecrets: [API_SECRET], tenantId: "bank", clock });
const BASIC = `Basic ${Buffer.from(`${API_SECRET}:`).toString("base64")}`;
let keys = 0;

/** A token of a challenge that is open, for a user who has an authenticator. */
async function tokenOfAlice(): Promise<string> {
  await enroll();
  const { token } = await engine.track(
    { userId: "alice", action: "move", attributes: { idempotencyKey: `key-${++keys}` } },
    { signal: new AbortController().signal },
  );
  return token!;
}

function guardOf(provider: GuardOptions<Native>["provider"], options: Partial<GuardOptions<Native>> = {}) {
  return createGuard<Native>({
    provider,
    sealSecrets: [SEAL_SECRET],
    resilience: "none",
    user: (native) => (Object.hasOwn(native, "user") ? native.user?.id : undefined),
    ledger,
    ...options,
  });
}

function request(given: Partial<GuardRequest<Native>> & { readonly token?: string } = {}): GuardRequest<Native> {
  const { token, ...rest } = given;
  return {
    native: { user: { id: "alice" } },
    method: "POST",
    target: "/pay",
    ip: "192.0.2.1",
    header: (name) => (name === "action-token" ? token : undefined),
    body: { sent: false, read: true, value: undefined },
    closed: () => false,
    whenEnded: () => {},
    ...rest,
  };
}

const ran = ({ kind }: Verdict): boolean => kind === "proceed";
const fetchTo = (
  handler: (request: Request) => Promise<Response>,
  method: string,
  path: string,
  body: unknown,
  authorization?: string,
) =>
  handler(
    new Request(`https://b.example${path}`, {
      method,
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );

const open = guardOf(engine, { onUnavailable: "allow" }).protect("pay");
const shut = guardOf(engine).protect("pay");

/** Runs the work in which every object inherits something. */
export type Inherit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Each answers true where something went through that must not. What is not within `inherit` happens when nothing is inherited
 * any more: an early failure of another part hides nothing so.
 */
export const attacks: Readonly<Record<string, (inherit: Inherit) => Promise<boolean>>> = {
  async "a blocked action, with all declared anew"(inherit) {
    return inherit(async () => ran(await guardOf(engine).protect("pay")(request())));
  },
  async "a blocked action, with bound fields and given attributes"(inherit) {
    const options: ActionOptions<Native> = {
      bind: () => ({ amount: "1" }),
      attributes: () => ({ email: "a@b.example" }),
      deadlineMs: {},
    };
    return inherit(async () => ran(await guardOf(engine).protect("pay", options)(request())));
  },
  async "a blocked action, let through where its provider is down"(inherit) {
    return ran(await inherit(() => open(request())));
  },
  async "a blocked action, on a guard declared before"(inherit) {
    return ran(await inherit(() => shut(request())));
  },
  async "a challenged action"(inherit) {
    return inherit(async () => ran(await guardOf(engine).protect("move")(request())));
  },
  async "a challenged action, with its own challenge token"(inherit) {
    const protect = guardOf(engine).protect("move");
    const verdict = await protect(request());
    if (verdict.kind === "proceed") return true;
    const { token } = JSON.parse(verdict.body) as { readonly token: string };
    return ran(await inherit(() => protect(request({ token }))));
  },
  async "a reviewed action, with its key"(inherit) {
    const protect = guardOf(engine).protect("hold");
    const verdict = await protect(request());
    if (verdict.kind === "proceed") return true;
    const { idempotencyKey: token } = JSON.parse(verdict.body) as { readonly idempotencyKey: string };
    return ran(await inherit(() => protect(request({ token }))));
  },
  async "nobody, by a resolver of the application's"(inherit) {
    const protect = guardOf(engine).protect("free");
    return ran(await inherit(() => protect(request({ native: {} }))));
  },
  async "a provider that fails"(inherit) {
    const fail = async (): Promise<never> => Promise.reject(new Error("down"));
    const provider = { name: "down", track: fail, validateChallenge: fail, getAction: fail };
    const protect = guardOf(provider).protect("move");
    return inherit(async () => ran(await protect(request())) || ran(await protect(request({ token: "x" }))));
  },
  async "an answer without state, or without isEnrolled"(inherit) {
    const answers = [{ isEnrolled: true }, { state: "ALLOW" }, { state: "ALLOW", isEnrolled: false }, {}];
    for (const answer of answers) {
      const provider = {
        name: "odd",
        track: async ({ attributes }: any) => ({ ...answer, idempotencyKey: attributes.idempotencyKey }) as never,
        validateChallenge: async () => ({ ...answer }) as never,
        getAction: async () => ({}) as never,
      };
      const protect = guardOf(provider).protect("move");
      if (await inherit(async () => ran(await protect(request())))) return true;
    }
    return false;
  },
  async "a first authenticator, with the token of a user who has one"(inherit) {
    const token = await inherit(tokenOfAlice);
    const { status } = await fetchTo(clientApi, "POST", "/user-authenticators/totp", {}, `Bearer ${token}`);
    return status < 400;
  },
  async "an authenticator to remove, with a token that may not"(inherit) {
    const token = await inherit(tokenOfAlice);
    const path = `/user-authenticators/${userAuthenticatorId}`;
    const { status } = await fetchTo(clientApi, "DELETE", path, undefined, `Bearer ${token}`);
    return status < 400;
  },
  async "changes of authenticators while something is inherited"(inherit) {
    const token = await tokenOfAlice();
    return inherit(async () => {
      const added = await fetchTo(clientApi, "POST", "/user-authenticators/totp", {}, `Bearer ${token}`);
      const path = `/user-authenticators/${userAuthenticatorId}`;
      const removed = await fetchTo(clientApi, "DELETE", path, undefined, `Bearer ${token}`);
      return added.status < 400 || removed.status < 400;
    });
  },
  async "a challenge token, for a result token"(inherit) {
    const token = await tokenOfAlice();
    const asked = { userId: "alice", action: "move", token };
    const answer = await inherit(() => engine.validateChallenge(asked, { signal: new AbortController().signal }));
    return answer.isValid;
  },
  async "a track over HTTP whose body names no scope"(inherit) {
    const tracked = await inherit(async () => {
      const reply = await fetchTo(serverApi, "POST", "/v1/users/alice/actions/move", {}, BASIC);
      return (await reply.json()) as { readonly token?: string; readonly state?: string };
    });
    if (Object.hasOwn(tracked, "state") && tracked.state === "ALLOW") return true;
    if (!Object.hasOwn(tracked, "token")) return false;
    const { token } = tracked;
    const added = await fetchTo(serverApi, "POST", "/v1/client/user-authenticators/totp", {}, `Bearer ${token}`);
    return added.status < 400;
  },
  async "the Server API without its secret"(inherit) {
    const path = "/v1/users/alice/actions/move";
    return (await inherit(() => fetchTo(serverApi, "POST", path, {}))).status < 400;
  },
  async "a validation over HTTP of a token that proves nothing"(inherit) {
    const token = await tokenOfAlice();
    return inherit(async () => {
      const validated = await fetchTo(serverApi, "POST", "/v1/validate", { token }, BASIC);
      const answer = (await validated.json()) as { readonly isValid?: boolean };
      return Object.hasOwn(answer, "isValid") && answer.isValid === true;
    });
  },
};

/** What a member may be worth: something of every kind that an option or an answer can be. */
export const values: readonly unknown[] = [
  true,
  "ALLOW",
  "add:authenticators remove:authenticators",
  () => "alice",
  "CHALLENGE_SUCCEEDED",
  "allow",
  "none",
  "alice",
  Date.UTC(2026, 0, 15, 12),
  10 ** 12,
  () => true,
  ["ALLOW"],
  { id: "alice" },
];
