import { createMemoryStore, type Store } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, type Harness, remote, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const RECOVERY = "RECOVERY_CODE";

/** A store that lets a test act right before one of its verbs, once. */
function interruptible(): { readonly store: Store; before(verb: keyof Store, act: () => Promise<unknown>): void } {
  const store = createMemoryStore();
  const acts = new Map<string | symbol, () => Promise<unknown>>();
  const interrupted = new Proxy(store, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== "function") return verb;
      return async (...args: unknown[]) => {
        const act = acts.get(name);
        acts.delete(name);
        await act?.();
        return (verb as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
  return { store: interrupted, before: (verb, act) => void acts.set(verb, act) };
}

/** Begins the enrolment of an app; the answer completes it, with codes. */
async function begin({ engine, clock }: Harness, scope?: string): Promise<() => Promise<readonly string[]>> {
  const { token } = await track(engine, "alice", "withdraw-funds", scope === undefined ? {} : { scope });
  const { secret = "" } = await engine.challenges.enroll(token, APP, {});
  return async () => {
    const { recoveryCodes = [] } = await engine.challenges.verify(token, APP, codeAt(secret, clock.now()));
    clock.advance(30_000);
    return recoveryCodes;
  };
}

async function use({ engine }: Harness, code: string): Promise<boolean> {
  const { token } = await track(engine, "alice");
  return (await engine.challenges.verify(token, RECOVERY, code)).isVerified;
}

describe("recovery codes that are made anew", () => {
  it("come, and void those before, though one of those is used meanwhile", async () => {
    const { store, before } = interruptible();
    const harness = createHarness({ store });
    const codes = await (await begin(harness))();
    const complete = await begin(harness, "add:authenticators");
    // The first activation is the app's, the second that of the new list.
    before("activateAuthenticator", async () => {
      before("activateAuthenticator", async () => expect(await use(harness, codes[0]!)).toBe(true));
    });
    const renewed = await complete();
    expect(renewed).toHaveLength(8);
    await expect(use(harness, codes[1]!)).resolves.toBe(false);
    await expect(use(harness, renewed[0]!)).resolves.toBe(true);
  });

  it("do not go with a list that is used up meanwhile", async () => {
    const { store, before } = interruptible();
    const harness = createHarness({ store });
    const codes = await (await begin(harness))();
    const complete = await begin(harness, "add:authenticators");
    for (const code of codes.slice(1)) await use(harness, code);
    let renewed: readonly string[] = [];
    before("deleteAuthenticator", async () => (renewed = await complete()));
    await expect(use(harness, codes[0]!)).resolves.toBe(true);
    await expect(use(harness, renewed[0]!)).resolves.toBe(true);
  });

  it("are not locked by wrong answers about those before", async () => {
    const harness = createHarness({ limits: { consecutiveFailures: 5 } });
    const codes = await (await begin(harness))();
    for (let tries = 0; tries < 6; tries++) {
      await use(harness, "A".repeat(26)).catch(() => undefined);
      harness.clock.advance(16 * 60_000);
    }
    await expect(use(harness, codes[0]!)).rejects.toMatchObject({ reason: "too_many_attempts" });
    const renewed = await (await begin(harness, "add:authenticators"))();
    await expect(use(harness, renewed[0]!)).resolves.toBe(true);
  });
});

it("spent recovery codes keep nobody from enrolling, though the last two are used at once", async () => {
  const harness = createHarness({ store: remote() });
  const { engine } = harness;
  const codes = await (await begin(harness))();
  const app = (await engine.authenticators.list("alice")).find((one) => one.verificationMethod === APP);
  await engine.authenticators.remove("alice", app?.userAuthenticatorId ?? "");
  for (const code of codes.slice(2)) await use(harness, code);
  await expect(Promise.all([use(harness, codes[0]!), use(harness, codes[1]!)])).resolves.toEqual([true, true]);
  await expect((await begin(harness))()).resolves.toHaveLength(8);
});
