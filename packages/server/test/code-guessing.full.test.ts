import { inFull } from "@require-action-test/support/full";
import { createEngine, createMemoryStore, type Store } from "@require-action/engine";
import { createManualClock } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { createServer } from "../src/index.ts";
import { apiSecret, basic, minute, policy, tenantId } from "./harness.ts";

const day = 24 * 60 * minute;
const DAYS = inFull ? 90 : 35;
const email = "ann@b\u00fccher.example";
const spellings = [
  email,
  "Ann@B\u00dcCHER.example",
  "ann@bu\u0308cher.example",
  "ann@xn--bcher-kva.example",
  "ANN@XN--BCHER-KVA.EXAMPLE",
  "\uff41nn@b\u00fccher.example",
  "ann+shop@b\u00fccher.example",
];

/** A server that is called in process, as 90 days of guessing are many calls. */
function createTarget(store: Store = createMemoryStore()) {
  const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
  const messages: { readonly to: string; readonly code: string }[] = [];
  const keep = (message: { readonly to: string; readonly code: string }): void => void messages.push(message);
  const delivery = { sendEmail: keep, sendSms: keep };
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example",
    store,
    delivery,
    clock,
  });
  const server = createServer(engine, { apiSecrets: [apiSecret], tenantId, store, delivery, clock });

  async function post(path: string, body: object): Promise<Record<string, string>> {
    const headers = { authorization: basic(apiSecret), "content-type": "application/json" };
    const request = new Request(`https://bank.example/v1${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await (await server(request)).json()) as Record<string, string>;
  }

  return {
    clock,
    engine,
    messages,
    /** Asks for a code; `undefined` when there were too many. */
    async begin(source: object = {}, to: object = { email }): Promise<string | undefined> {
      return (await post("/challenge", { action: "withdraw-funds", ...to, ...source }))["challengeId"];
    },
    /** What became of a code: `right`, `wrong`, or `refused` without being looked at. */
    async answer(challengeId: string, code: string): Promise<"right" | "wrong" | "refused"> {
      const { isVerified, failureReason } = await post("/verify", { challengeId, verificationCode: code });
      if (isVerified) return "right";
      return failureReason === "MAX_ATTEMPTS_EXCEEDED" ? "refused" : "wrong";
    },
  };
}

type Target = ReturnType<typeof createTarget>;

const lastCode = ({ messages }: Target): string => messages.at(-1)?.code ?? "";
const otherThan = (code: string): string => (code === "000000" ? "000001" : "000000");

async function signIn(target: Target, source: object, to?: object): Promise<string> {
  const challengeId = await target.begin(source, to);
  return challengeId === undefined ? "not sent" : target.answer(challengeId, lastCode(target));
}

/** A stranger's attempts from a new source: codes asked for until none is sent, each guessed at; how many were looked at. */
async function attack(target: Target, attempt: number): Promise<number> {
  let evaluated = 0;
  for (let sent = 0; sent < 6; sent++) {
    const source = { deviceId: `stranger-${attempt}-${sent}`, ipAddress: `198.51.100.${(attempt + sent) % 250}` };
    const challengeId = await target.begin(source, { email: spellings[(attempt + sent) % spellings.length] });
    if (challengeId === undefined) break;
    for (let guess = 0; guess < 2; guess++) {
      if ((await target.answer(challengeId, otherThan(lastCode(target)))) === "wrong") evaluated++;
    }
  }
  return evaluated;
}

describe(`T59: ${DAYS} days of guessing at codes to an address, from new sources, by every spelling`, () => {
  it("T23: is fewer than 100 wrong answers in any 30 days, and its owner gets in each day from where they did before", async () => {
    const target = createTarget();
    const known = [{ deviceId: "home" }, { ipAddress: "192.0.2.1" }, { deviceId: "new", ipAddress: "192.0.2.1" }];
    expect(await signIn(target, { deviceId: "home", ipAddress: "192.0.2.1" })).toBe("right");
    const perDay: number[] = [];
    for (let days = 0; days < DAYS; days++) {
      let evaluated = 0;
      for (let round = 0; round < 3; round++) {
        evaluated += await attack(target, days * 3 + round);
        if (round === 1) expect(await signIn(target, known[days % 3] ?? {}), `day ${days}`).toBe("right");
        target.clock.advance(day / 3);
      }
      perDay.push(evaluated);
    }
    const months = perDay.map((_, index) => perDay.slice(index, index + 30).reduce((sum, one) => sum + one, 0));
    expect(Math.max(...months)).toBeLessThan(100);
    expect(Math.max(...months)).toBeGreaterThan(40);
  }, 60_000);

  it("has waits that grow: minutes, hours, a day, a month", async () => {
    const target = createTarget();
    const evaluatedIn = async (span: number, step = 15 * minute): Promise<number> => {
      let evaluated = 0;
      for (let at = 0; at < span; at += step) {
        evaluated += await attack(target, at);
        target.clock.advance(step);
      }
      return evaluated;
    };
    expect(await evaluatedIn(15 * minute)).toBe(5);
    expect(await evaluatedIn(105 * minute)).toBe(5);
    expect(await evaluatedIn(day - 120 * minute, 60 * minute)).toBe(10);
    expect(await evaluatedIn(3 * day, 120 * minute)).toBe(25);
    expect(await evaluatedIn(10 * day, day)).toBe(0);
  }, 60_000);

  it("gives no new guesses to strangers when the owner gets in, also from a new source", async () => {
    const target = createTarget();
    let evaluated = 0;
    for (let days = 0; days < 20; days++) {
      evaluated += await attack(target, days);
      target.clock.advance(day / 2);
      const outcome = await signIn(target, { deviceId: `laptop-${days}` });
      if (evaluated < 45) expect(outcome).toBe("right");
      target.clock.advance(day / 2);
    }
    expect(evaluated).toBeLessThanOrEqual(50);
  });

  it("ends with an operator, who may spell the address as they like", async () => {
    const target = createTarget();
    for (let days = 0; days < 20; days++) {
      await attack(target, days);
      target.clock.advance(day);
    }
    expect(await signIn(target, {})).toBe("refused");
    const { items } = await target.engine.audit.query({ limit: 200 });
    const locked = { type: "address.locked", reason: "strangers", action: "withdraw-funds" };
    expect(items).toContainEqual(expect.objectContaining(locked));
    expect(items.some((item) => item.type === "address.locked" && "userId" in item)).toBe(false);
    expect(JSON.stringify(items)).not.toContain("cher");
    await target.engine.authenticators.unlockAddress({ verificationMethod: "EMAIL_OTP", address: spellings[4] ?? "" });
    target.clock.advance(15 * minute);
    expect(await signIn(target, {})).toBe("right");
  });

  it("from a known source is 15 wrong answers in a row, and a right one begins anew", async () => {
    const target = createTarget();
    const home = { deviceId: "home", userId: "ann" };
    await signIn(target, home);
    const miss = async (): Promise<string> => {
      target.clock.advance(15 * minute);
      const challengeId = (await target.begin(home)) ?? "";
      return target.answer(challengeId, otherThan(lastCode(target)));
    };
    for (let missed = 0; missed < 14; missed++) expect(await miss()).toBe("wrong");
    target.clock.advance(15 * minute);
    expect(await signIn(target, home)).toBe("right");
    for (let missed = 0; missed < 15; missed++) expect(await miss()).toBe("wrong");
    expect(await miss()).toBe("refused");
    const { items } = await target.engine.audit.query({ limit: 200 });
    const locked = { type: "address.locked", reason: "known_source", userId: "ann", action: "withdraw-funds" };
    expect(items).toContainEqual(expect.objectContaining(locked));
    // Another source of theirs is not concerned, and neither are strangers.
    expect(await signIn(target, { deviceId: "work" })).toBe("right");
    target.clock.advance(30 * day);
    expect(await signIn(target, home)).toBe("right");
  });

  it("T20: of many at once from as many sources, five are evaluated", async () => {
    const target = createTarget();
    const ids: string[] = [];
    for (const address of spellings.slice(0, 5)) {
      ids.push((await target.begin({ deviceId: `d-${ids.length}` }, { email: address })) ?? "");
    }
    const codes = target.messages.map(({ code }) => code);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => target.answer(ids[index % 5] ?? "", otherThan(codes[index % 5] ?? ""))),
    );
    expect(answers.filter((answer) => answer === "wrong")).toHaveLength(5);
  });

  it("T21: sends a mailbox five codes in ten minutes, to the address as it was written", async () => {
    const target = createTarget();
    for (const address of spellings) await target.begin({}, { email: address });
    expect(target.messages.map(({ to }) => to)).toEqual(
      spellings.slice(0, 5).map((address) => address.replace("\uff41", "a").normalize("NFC")),
    );
  });

  it("keeps a known source's codes coming while strangers ask for theirs", async () => {
    const target = createTarget();
    await signIn(target, { deviceId: "home" });
    target.clock.advance(10 * minute);
    for (let sent = 0; sent < 6; sent++) await target.begin({ deviceId: `stranger-${sent}` });
    expect(await target.begin({ deviceId: "stranger" })).toBeUndefined();
    expect(await signIn(target, { deviceId: "home" })).toBe("right");
  });

  it("sends codes of six digits, whatever the number", async () => {
    const target = createTarget();
    for (let sent = 0; sent < 150; sent++) await target.begin({}, { email: `user-${sent}@bank.example` });
    expect(target.messages).toHaveLength(150);
    for (const { code } of target.messages) expect(code).toMatch(/^\d{6}$/);
  });

  it("counts a telephone apart from a mailbox, and each telephone for itself", async () => {
    const target = createTarget();
    const to = (phoneNumber: string) => ({ phoneNumber, verificationMethod: "SMS" });
    for (let sent = 0; sent < 5; sent++) await target.begin({}, to("+15550100000"));
    expect(await target.begin({}, to("+15550100000"))).toBeUndefined();
    expect(await target.begin({}, to("+15550100001"))).toBeDefined();
    expect(await target.begin({})).toBeDefined();
  });
});
