import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import { createManualClock } from "@require-action/testing";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createConsole } from "../src/console/create-console.ts";
import { keepCounting } from "../src/console/figures/keep-counting.ts";
import { hashPassword } from "../src/console/password.ts";
import type { FetchHandler } from "../src/index.ts";
import { ConsoleBrowser } from "./console-harness.ts";
import { seedFigures } from "../../engine/test/figures-seed.ts";

vi.mock("node:crypto", async (original) => (await import("./cheap-scrypt.ts")).withCheapScrypt(original));

const START = Date.UTC(2026, 0, 15, 12, 30);
const MINUTE = 60_000;

let passwordHash: string;
let store: Store;
let engine: Engine;
let handle: FetchHandler;
let clock: ReturnType<typeof createManualClock>;

beforeAll(async () => {
  passwordHash = await hashPassword("correct horse");
});

beforeEach(() => {
  clock = createManualClock(START);
  store = createMemoryStore();
  engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "http://localhost",
    clock,
    store,
  });
  const reviewers = [{ id: "bob", passwordHash, role: "look" }] as const;
  handle = createConsole(engine, { reviewers }, { basePath: "/auth", clock });
});

async function signedIn(): Promise<ConsoleBrowser> {
  const browser = new ConsoleBrowser(handle);
  const formToken = await browser.formToken("sign-in");
  await browser.send("POST", "sign-in", { formToken, reviewer: "bob", password: "correct horse" });
  return browser;
}

/** Counts all of it, however long that takes. */
async function counted(): Promise<void> {
  await engine.figures.count();
}

describe("the console's figures", () => {
  it("are for everybody who may look, and for nobody else", async () => {
    const browser = await signedIn();
    expect((await browser.send("GET", "figures")).status).toBe(200);
    const stranger = new ConsoleBrowser(handle);
    expect(await stranger.send("GET", "figures?range=7d")).toMatchObject({
      status: 303,
      location: "sign-in?return=figures%3Frange%3D7d",
    });
    expect((await stranger.send("GET", "figures-export?figure=outcomes")).status).toBe(401);
  });

  it("are there without any action, and with one", async () => {
    const browser = await signedIn();
    await counted();
    for (const range of ["24h", "7d", "30d", "90d"]) {
      const { status, text } = await browser.send("GET", `figures?range=${range}`);
      expect(status).toBe(200);
      expect(text).toContain("No rule matched.");
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
    const { signal } = new AbortController();
    const attributes = { idempotencyKey: "1", custom: {} };
    await engine.track({ userId: "alice", action: "pay", attributes }, { signal });
    clock.advance(MINUTE);
    const { text } = await browser.send("GET", "figures?action=pay");
    expect(text).toContain('<option value="pay" selected>');
    expect(text).toMatch(/Allowed<\/span>\s*<span class="total">1<\/span>\s*<span class="muted">0 a week before/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("show the same numbers in plot, table and file, with the week before", async () => {
    await seedFigures(store, START);
    await counted();
    const browser = await signedIn();
    const { items } = await engine.actions.query({ limit: 200, from: START - 23 * 60 * MINUTE - 30 * MINUTE });
    const allowed = items.filter(({ outcome }) => outcome === "ALLOW").length;
    expect(allowed).toBeGreaterThan(20);
    const page = (await browser.send("GET", "figures")).text;
    expect(page).toContain(`<span class="name">Allowed</span> <span class="total">${allowed}</span>`);
    const { text, headers } = await browser.send("GET", "figures-export?figure=outcomes");
    expect(headers.get("content-disposition")).toBe('attachment; filename="outcomes-24h.csv"');
    const [head = "", ...lines] = text.trimEnd().split("\r\n");
    expect(head.split(",")).toHaveLength(13);
    expect(lines).toHaveLength(24);
    const column = (index: number): number => lines.reduce((sum, line) => sum + Number(line.split(",")[index]), 0);
    expect(column(1)).toBe(allowed);
    expect(lines.at(-1)).toMatch(/^2026-01-15T12:00:00\.000Z,/);
    const lastWeek = new RegExp(
      `<span class="total">${allowed}</span>\\s*<span class="muted">${column(2)} a week before`,
    );
    expect(page).toMatch(lastWeek);
    expect(column(2)).toBeGreaterThan(0);
  });

  it("hold of one action no more than its own", async () => {
    await seedFigures(store, START);
    await counted();
    const browser = await signedIn();
    const of = async (query: string): Promise<number> => {
      const { text } = await browser.send("GET", `figures-export?figure=actions&range=7d${query}`);
      return text.trimEnd().split("\r\n").length - 1;
    };
    expect(await of("")).toBe(2);
    const counts = await Promise.all(
      ["", "&action=withdraw-funds", "&action=change-payee", "&action=unknown"].map(async (query) => {
        const { text } = await browser.send("GET", `figures-export?figure=rules&range=7d${query}`);
        const hits = text
          .split("\r\n")
          .slice(1)
          .map((line) => Number(line.split(",")[1] ?? 0));
        return hits.reduce((sum, one) => sum + one, 0);
      }),
    );
    expect(counts[0]).toBe(counts[1]! + counts[2]!);
    expect(counts[3]).toBe(0);
  });

  it("refuse what is none of theirs, and never with an error of their own", async () => {
    const browser = await signedIn();
    const refused = [
      "range=1y",
      "range=__proto__",
      "range=toString",
      "action=%00",
      "action=%3Cscript%3E",
      `action=${"a".repeat(500)}`,
    ];
    for (const query of refused) {
      expect([query, (await browser.send("GET", `figures?${query}`)).status]).toEqual([query, 400]);
      expect((await browser.send("GET", `figures-export?figure=outcomes&${query}`)).status).toBe(400);
    }
    for (const figure of ["", "constructor", "outcome"]) {
      expect((await browser.send("GET", `figures-export?figure=${figure}`)).status).toBe(400);
    }
    expect((await browser.send("GET", "figures?range=&action=&x=1")).status).toBe(200);
  });

  it("name nothing in a file that a spreadsheet would calculate, and nothing in a page that is markup", async () => {
    const rule = { ruleId: '=HYPERLINK("x")', name: "x" };
    const key = { userId: "alice", action: "pay", idempotencyKey: "1" };
    const attributes = { ...key, actionId: "id-1", attributes: {}, createdAt: START, stateUpdatedAt: START };
    const decided = {
      outcome: "BLOCK",
      state: "BLOCK",
      policyVersion: "1",
      rules: [rule, { ruleId: "<b>", name: "x" }],
    } as const;
    await store.record({ ...attributes, ...decided }, undefined, { type: "action.tracked", at: START });
    await counted();
    const browser = await signedIn();
    const { text } = await browser.send("GET", "figures-export?figure=rules");
    expect(text).toContain(`"'=HYPERLINK(""x"")",1,0,0,`);
    expect((await browser.send("GET", "figures")).text).toContain('<th scope="row">&lt;b&gt;</th>');
  });

  it("are counted without a visit, until counting is stopped", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    let calls = 0;
    const stop = keepCounting({
      figures: {
        ...engine.figures,
        async count() {
          calls++;
          throw new Error("the store is out of reach");
        },
      },
    });
    await vi.advanceTimersByTimeAsync(46_000);
    expect(calls).toBe(3);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(3);
  });
});
