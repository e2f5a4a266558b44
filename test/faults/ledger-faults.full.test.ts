import { inFull } from "@require-action-test/support/full";
import { setTimeout as pass } from "node:timers/promises";
import { allowWarnings } from "@require-action-test/support/warnings";
import type { ActionProvider } from "@require-action/core/provider";
import { createScriptedProvider } from "@require-action/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ledgers, type ProxiedLedger } from "./ledgers.ts";
import { withMargin } from "@require-action-test/support/timing";
import { type Bank, frameworks, openBank, p99, several, statuses } from "./withdrawals.ts";

/** The guard's own deadline for its ledger, when nothing else is said. */
const DEADLINE_MS = 250;
const PATIENT = { deadlineMs: { decision: 20_000, ledger: 20_000 } };

const setups = frameworks.flatMap(({ name, harness }) =>
  ledgers.map((ledger) => ({ harness, ledger, framework: name })),
);

const CLAIMS = inFull ? 100 : 30;

describe.each(setups)("$framework with approvals in $ledger.name", ({ harness, ledger: { absent, open } }) => {
  describe.skipIf(absent)("", () => {
    let store: ProxiedLedger;
    let bank: Bank;

    allowWarnings("RA_REDIS_VOLATILE");
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      bank.close();
      await store.close();
    });

    const openWith = async (guard: object): Promise<void> => {
      bank = await openBank(harness, { guard: { ledger: store.ledger, ...guard } });
    };

    /** Everybody who was denied comes again, until it goes through. */
    async function comeAgain(tokens: readonly string[]): Promise<void> {
      for (const [index, token] of tokens.entries()) {
        await expect
          .poll(async () => (await bank.withdraw(`${index}`, token)).status, { timeout: 10_000, interval: 20 })
          .toBe(200);
      }
      expect(bank.runs.toSorted()).toEqual(tokens.map((_, index) => `${index}`).toSorted());
    }

    it("F20: T5: 50 requests at once with one approval: one runs, and 49 are told that it is used", async () => {
      await openWith(PATIENT);
      const token = await bank.approve("10.00");
      const answers = await Promise.all(Array.from({ length: 50 }, () => bank.withdraw("10.00", token)));
      expect([statuses(answers), bank.runs]).toEqual([{ 200: 1, 409: 49 }, ["10.00"]]);
      expect((await bank.withdraw("10.01", token)).json.code).toBe("action_parameters_changed");
    });

    it("F14: a server that is down denies within 250 ms, and every approval is good when it is back", async () => {
      await openWith({});
      const tokens = await several(20, (index) => bank.approve(`${index}`));
      await store.proxy.use({ kind: "refuse" });
      const [answers, margin] = await withMargin(() =>
        Promise.all(tokens.map((token, index) => bank.withdraw(`${index}`, token))),
      );
      expect(statuses(answers)).toEqual({ 503: 20 });
      expect(new Set(answers.map(({ json }) => json.code))).toEqual(new Set(["decision_unavailable"]));
      expect(p99(answers)).toBeLessThan(DEADLINE_MS + margin);
      expect(bank.runs).toEqual([]);
      await store.proxy.use({ kind: "none" });
      await comeAgain(tokens);
    });

    it(`F15: of ${CLAIMS} whose claim was made and its reply lost, all go on, and none of them twice`, async () => {
      await openWith({ deadlineMs: { ledger: 5_000 } });
      const tokens = await several(CLAIMS, (index) => bank.approve(`${index}`));
      const answers = await several(CLAIMS, async (index) => {
        await store.proxy.use({ kind: "drop-reply", times: 1 });
        return bank.withdraw(`${index}`, tokens[index]);
      });
      expect([statuses(answers), store.proxy.dropped]).toEqual([{ 200: CLAIMS }, CLAIMS]);
      const replays = await several(CLAIMS, (index) => bank.withdraw(`${index}`, tokens[index]));
      expect([statuses(replays), bank.runs.length]).toEqual([{ 409: CLAIMS }, CLAIMS]);
    }, 60_000);

    it.each([
      ["2 s late", { kind: "delay", ms: 2_000 }],
      ["cut off", { kind: "stall" }],
    ] as const)(
      "F16: a server that is %s denies within 300 ms, and no approval is lost",
      async (_how, fault) => {
        await openWith({});
        const tokens = await several(20, (index) => bank.approve(`${index}`));
        // Connected beforehand, as after a while of use.
        await Promise.all(Array.from({ length: 10 }, (_, index) => store.ledger.release("nothing", `${index}`)));
        await store.proxy.use(fault);
        const [answers, margin] = await withMargin(() =>
          Promise.all(tokens.map((token, index) => bank.withdraw(`${index}`, token))),
        );
        expect([statuses(answers), bank.runs]).toEqual([{ 503: 20 }, []]);
        expect(p99(answers)).toBeLessThan(DEADLINE_MS + margin);
        await store.proxy.use({ kind: "none" });
        await comeAgain(tokens);
      },
      60_000,
    );

    it(`F21: ${CLAIMS} clients that leave at ten moments: their withdrawals are made once, or not at all and then can be`, async () => {
      const scripted = createScriptedProvider();
      const provider: ActionProvider = {
        ...scripted,
        async validateChallenge(...asked) {
          await pass(6);
          return scripted.validateChallenge(...asked);
        },
      };
      bank = await openBank(harness, { scripted, guard: { ledger: store.ledger, provider, ...PATIENT } });
      const tokens = await several(CLAIMS, (index) => bank.approve(`${index}`));
      await store.proxy.use({ kind: "delay", ms: 6 });
      await Promise.all(
        tokens.map((token, index) =>
          bank.withdraw(`${index}`, token, AbortSignal.timeout(1 + (index % 10) * 4)).catch(() => {}),
        ),
      );
      const left = bank.runs.length;
      for (const [index, token] of tokens.entries()) {
        await expect
          .poll(
            async () => {
              const { status } = await bank.withdraw(`${index}`, token);
              const times = bank.runs.filter((amount) => amount === `${index}`).length;
              // Used, and its handler about to run.
              return status === 409 && times === 0 ? "in flight" : [status === 200 || status === 409, times];
            },
            { timeout: 10_000, interval: 10 },
          )
          .toEqual([true, 1]);
      }
      expect(bank.runs.length).toBe(CLAIMS);
      expect(left).toBeLessThan(CLAIMS);
    }, 60_000);
  });
});
