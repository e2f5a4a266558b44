import { Authsignal } from "@authsignal/node";
import { createGuard, createMemoryLedger } from "@require-action/core";
import type { ActionProvider, Outcome } from "@require-action/core/provider";
import { authsignal } from "@require-action/authsignal";
import { createEngine, createMemoryStore, type Engine, type Policy } from "@require-action/engine";
import { createServer, toNodeHandler } from "@require-action/server";
import { codeAt } from "@require-action-test/support/codes";
import { serve, type Served } from "@require-action-test/support/serve";
import { allowWarnings } from "@require-action-test/support/warnings";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The guard decides the same, whichever way the engine is asked.

allowWarnings("RA_SDK_TRANSPORT");

const apiSecret = "a-server-api-secret";
const sharedSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const now = Date.UTC(2026, 0, 15, 12);

const outcomes = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const satisfies readonly Outcome[];
/** What the user has: nothing, a way that the action accepts, or only ways that it does not. */
const enrolments = ["none", "accepted", "not accepted", "recovery codes"] as const;
const methods = ["AUTHENTICATOR_APP", "EMAIL_OTP"] as const;
const choices = ["enroll", "allow", "block"] as const;

type Method = (typeof methods)[number];
type Enrolment = (typeof enrolments)[number];

const other: Readonly<Record<Method, Method>> = { AUTHENTICATOR_APP: "EMAIL_OTP", EMAIL_OTP: "AUTHENTICATOR_APP" };

const actionOf = (outcome: Outcome, method: Method): string => `${outcome}_${method}`;

const policy: Policy = {
  actions: Object.fromEntries([
    ...outcomes.flatMap((outcome) =>
      methods.map((method) => [
        actionOf(outcome, method),
        { defaultOutcome: outcome, verificationMethods: [method, "RECOVERY_CODE"] as const },
      ]),
    ),
    ["set-up", { defaultOutcome: "CHALLENGE" as const }],
  ]),
};

interface Way {
  readonly engine: Engine;
  readonly provider: ActionProvider;
  readonly mails: string[];
}

const ways = ["the embedded engine", "authsignal() against serve", "authsignal({ client }) against serve"] as const;
const opened: Served[] = [];

async function open(way: (typeof ways)[number], profile: "authsignal" | "strict" = "authsignal"): Promise<Way> {
  const store = createMemoryStore();
  const clock = { now: () => now };
  const mails: string[] = [];
  const delivery = { sendEmail: ({ code }: { readonly code: string }) => void mails.push(code) };
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example",
    store,
    delivery,
    clock,
  });
  if (way === "the embedded engine") return { engine, mails, provider: engine };
  const server = createServer(engine, { apiSecrets: [apiSecret], tenantId: "bank", profile, store, delivery, clock });
  const served = await serve(toNodeHandler(server), "127.0.0.1");
  opened.push(served);
  const apiUrl = `${served.origin}/v1`;
  const provider =
    way === "authsignal() against serve"
      ? authsignal({ apiSecretKey: apiSecret, apiUrl })
      : authsignal({ client: new Authsignal({ apiSecretKey: apiSecret, apiUrl, retries: 0 }) });
  return { engine, mails, provider };
}

afterAll(() => Promise.all(opened.map((served) => served.close())));

async function enroll({ authenticators }: Engine, userId: string, method: Method): Promise<void> {
  await authenticators.enrollVerified(
    userId,
    method === "EMAIL_OTP"
      ? { verificationMethod: method, email: `${userId}@bank.example` }
      : { verificationMethod: method, otpUri: `otpauth://totp/bank:user?secret=${sharedSecret}&issuer=bank` },
  );
}

/** Leaves a user with recovery codes alone. */
async function leaveRecoveryCodes({ engine }: Way, userId: string): Promise<void> {
  const attributes = { idempotencyKey: "set-up" };
  const { signal } = new AbortController();
  const { token } = await engine.track({ userId, action: "set-up", attributes }, { signal });
  const { secret = "" } = await engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
  await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, now));
  const [app] = await engine.authenticators.list(userId);
  await engine.authenticators.remove(userId, app?.userAuthenticatorId ?? "");
}

async function prepare(way: Way, userId: string, enrolment: Enrolment, method: Method): Promise<void> {
  if (enrolment === "accepted") await enroll(way.engine, userId, method);
  if (enrolment === "not accepted") await enroll(way.engine, userId, other[method]);
  if (enrolment === "recovery codes") await leaveRecoveryCodes(way, userId);
}

interface Row {
  readonly outcome: Outcome;
  readonly enrolment: Enrolment;
  readonly method: Method;
  readonly onNotEnrolled: (typeof choices)[number];
}

const rows: readonly Row[] = outcomes.flatMap((outcome) =>
  enrolments.flatMap((enrolment) =>
    methods.flatMap((method) => choices.map((onNotEnrolled): Row => ({ outcome, enrolment, method, onNotEnrolled }))),
  ),
);

/** What the guard says, and once the user has done what it asks for. What differs from call to call is left out. */
async function verdicts(way: Way, { outcome, enrolment, method, onNotEnrolled }: Row): Promise<readonly unknown[]> {
  const userId = `${outcome}-${enrolment}-${method}-${onNotEnrolled}`.replaceAll(" ", "-");
  await prepare(way, userId, enrolment, method);
  const guard = createGuard({
    provider: way.provider,
    user: () => undefined,
    ledger: createMemoryLedger(),
    sealSecrets: ["a seal secret for tests, 32 bytes long"],
    clock: { now: () => now },
  });
  const withdraw = guard.action(actionOf(outcome, method), { onNotEnrolled });
  const call = { user: userId, bound: { amount: "250.00" } };
  const first = await withdraw.run(call, ({ ground, verificationMethod }) => ({ ground, verificationMethod }));
  const said: unknown[] = [shown(first)];
  if (first.kind !== "challenge_required" && first.kind !== "enrollment_required") return said;
  const token = await approve(way, userId, method, enrolment, first.token ?? "");
  if (token === undefined) return [...said, "nothing to approve with"];
  said.push(
    shown(await withdraw.run({ ...call, token }, ({ ground, verificationMethod }) => ({ ground, verificationMethod }))),
  );
  said.push(
    shown(await withdraw.run({ ...call, token }, ({ ground, verificationMethod }) => ({ ground, verificationMethod }))),
  );
  said.push(
    shown(
      await withdraw.run({ ...call, token: first.token ?? "" }, ({ ground, verificationMethod }) => ({
        ground,
        verificationMethod,
      })),
    ),
  );
  return said;
}

/** Enrols or answers, as the user's browser does with the token of the guard's answer. */
async function approve(
  { engine: { challenges }, mails }: Way,
  userId: string,
  method: Method,
  enrolment: Enrolment,
  token: string,
): Promise<string | undefined> {
  if (enrolment === "not accepted" || enrolment === "recovery codes") return undefined;
  let code = codeAt(sharedSecret, now);
  if (enrolment === "none") {
    const { secret } = await challenges.enroll(token, method, { email: `${userId}@bank.example` });
    if (secret !== undefined) code = codeAt(secret, now);
  } else if (method === "EMAIL_OTP") {
    await challenges.send(token, method);
  }
  if (method === "EMAIL_OTP") code = mails.at(-1) ?? "";
  return (await challenges.verify(token, method, code)).accessToken;
}

/** What differs from call to call, and from provider to provider: there or not is all that counts. */
const passing: ReadonlySet<string> = new Set(["token", "idempotencyKey", "id", "actionId", "expiresAt", "provider"]);

function shown(result: object): unknown {
  const text = JSON.stringify(result, (name, value: unknown) => {
    if (passing.has(name)) return typeof value;
    if (name !== "url" || typeof value !== "string") return value;
    const [page] = value.split("?token=");
    return page;
  });
  return JSON.parse(text) as unknown;
}

describe("the guard decides alike by the embedded engine and by the server, over both transports and in both profiles", () => {
  const worlds: [name: string, way: Way][] = [];
  beforeAll(async () => {
    for (const way of ways) worlds.push([way, await open(way)]);
    worlds.push(["strict", await open("authsignal() against serve", "strict")]);
  });

  it.each(rows)("S3, S4: $outcome, a user with $enrolment, $method, $onNotEnrolled", async (row) => {
    const decided: (readonly [string, readonly unknown[]])[] = [];
    for (const [name, way] of worlds) decided.push([name, await verdicts(way, row)]);
    const [[, embedded] = ["", []]] = decided;
    expect(decided).toEqual(worlds.map(([name]) => [name, embedded]));
  });
});

it.each<[row: Row, kinds: readonly string[]]>([
  [
    { outcome: "CHALLENGE", enrolment: "accepted", method: "EMAIL_OTP", onNotEnrolled: "enroll" },
    ["challenge_required", "done", "refused", "refused"],
  ],
  [
    { outcome: "CHALLENGE", enrolment: "none", method: "EMAIL_OTP", onNotEnrolled: "enroll" },
    ["enrollment_required", "done", "refused", "refused"],
  ],
  [{ outcome: "CHALLENGE", enrolment: "none", method: "EMAIL_OTP", onNotEnrolled: "allow" }, ["done"]],
  [{ outcome: "CHALLENGE", enrolment: "none", method: "EMAIL_OTP", onNotEnrolled: "block" }, ["refused"]],
  [{ outcome: "ALLOW", enrolment: "none", method: "EMAIL_OTP", onNotEnrolled: "block" }, ["done"]],
  [{ outcome: "BLOCK", enrolment: "accepted", method: "EMAIL_OTP", onNotEnrolled: "allow" }, ["refused"]],
  [{ outcome: "REVIEW", enrolment: "none", method: "EMAIL_OTP", onNotEnrolled: "allow" }, ["review_required"]],
])("S3, S4: and as it should: %j is %j", async (row, kinds) => {
  const said = await verdicts(await open("authsignal() against serve"), row);
  expect(said.map((one) => (one as { readonly kind: string }).kind)).toEqual(kinds);
});
