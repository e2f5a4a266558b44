import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";

/** How somebody uses the console: with a mouse, without one, or in a browser that runs no script. */
type Way = (typeof ways)[number];
const ways = ["mouse", "keyboard", "no script"] as const;
/** More stops than any page has. */
const MOST_STOPS = 400;

/** Run in the page. */
const isFocused = (node: unknown): boolean => node === (globalThis as unknown as PageGlobals).document.activeElement;
const outlineOf = (node: unknown): string => (globalThis as unknown as PageGlobals).getComputedStyle(node).outlineStyle;

interface PageGlobals {
  readonly document: { readonly activeElement: unknown };
  getComputedStyle(node: unknown): { readonly outlineStyle: string };
}

/** Somebody's hands, which do the same in each way. */
class Hands {
  readonly way: Way;
  readonly page: Page;

  constructor(way: Way, page: Page) {
    this.way = way;
    this.page = page;
  }

  get hasScript(): boolean {
    return this.way !== "no script";
  }

  async press(target: Locator): Promise<void> {
    if (this.way !== "keyboard") return target.click();
    await this.#tabTo(target);
    const isBox = (await target.getAttribute("type")) === "checkbox";
    await this.page.keyboard.press(isBox ? "Space" : "Enter");
  }

  async write(target: Locator, text: string): Promise<void> {
    if (this.way !== "keyboard") return target.fill(text);
    await this.#tabTo(target);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(text);
  }

  async choose(target: Locator, value: string): Promise<void> {
    if (this.way !== "keyboard") return void (await target.selectOption(value));
    await this.#tabTo(target);
    await this.page.keyboard.press("Home");
    for (let step = 0; (await target.inputValue()) !== value; step++) {
      if (step === 20) throw new Error(`No key leads to ${value}.`);
      await this.page.keyboard.press("ArrowDown");
    }
  }

  /** Lets the ten seconds pass for which a decision is held back, or confirms it where no script holds it. */
  async decided(confirm: RegExp): Promise<void> {
    if (this.hasScript) await this.page.clock.runFor(10_000);
    else await this.press(this.page.getByRole("button", { name: confirm }));
  }

  async open(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href);
  }

  /** Goes from stop to stop until the target has the focus, which has to be seen. */
  async #tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      if (await target.evaluate(isFocused)) {
        const outline = await target.evaluate(outlineOf);
        expect(outline, `the focus of ${String(target)}`).not.toBe("none");
        return;
      }
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`No key leads to ${String(target)}.`);
  }
}

describe.skipIf(!hasChromium)("each task of the console", () => {
  let http: Served;
  let engine: Engine;
  let store: Store;
  let passwordHash: string;
  const events: AuditEvent[] = [];
  const hands = new Map<Way, Hands>();
  let asked = 0;

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    const url = http.origin.replace("127.0.0.1", "localhost");
    store = createMemoryStore();
    engine = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: url,
      passkeys: { rpId: "localhost", origins: [url] },
      store,
      onEvent: (event) => void events.push(event),
    });
    passwordHash = await hashPassword("correct horse");
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: { reviewers: [{ id: "rita", passwordHash, role: "administer", userIds: [] }], secureCookies: false },
    });
    const browser = await launchChromium();
    for (const way of ways) {
      const context = await browser.newContext({ locale: "en-GB", javaScriptEnabled: way !== "no script" });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await page.goto(`${url}/console/sign-in`);
      hands.set(way, new Hands(way, page));
    }
  }, 120_000);
  afterAll(async () => {
    for (const { page } of hands.values()) await page.context().close();
    await http.close();
  });

  /** An action under review, of a user whom this way of using the console has for itself. */
  async function ask(way: Way, name: string) {
    const userId = `${name}-${way.replace(" ", "-")}`;
    const key = { userId, action: "pay", idempotencyKey: `key-${++asked}` };
    const { signal } = new AbortController();
    const custom = { amount: "10.00", currency: "EUR" };
    await engine.track({ ...key, attributes: { idempotencyKey: key.idempotencyKey, custom } }, { signal });
    return key;
  }

  /** A user with an authenticator and a device. */
  async function setUpUser(way: Way): Promise<string> {
    const key = await ask(way, "help");
    const { userId } = key;
    await engine.users.update(userId, { email: `${userId}@bank.example` });
    await engine.authenticators.enrollVerified(userId, {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: "otpauth://totp/bank:user?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank",
    });
    const at = Date.now();
    const step = {
      key,
      from: "REVIEW_REQUIRED",
      to: "REVIEW_SUCCEEDED",
      at,
      authenticatedDeviceId: "telephone",
    } as const;
    await store.transition(step, { type: "action.transitioned", at, userId });
    return userId;
  }

  const stateOf = async (key: Awaited<ReturnType<typeof ask>>) => (await engine.actions.find(key))?.state;

  /** Opens a form that is folded away, writes the reason into it and sends it. */
  async function change(by: Hands, summary: string): Promise<void> {
    const fold = by.page.locator("details").filter({ has: by.page.locator("summary", { hasText: summary }) });
    await by.press(fold.first().locator("summary"));
    await by.write(fold.first().getByLabel("Reason"), "Called from the number that we know");
    await by.press(fold.first().getByRole("button"));
  }

  const tasks: Readonly<Record<string, (by: Hands) => Promise<void>>> = {
    "signs in with a password": async (by) => {
      const { page } = by;
      await by.write(page.getByLabel("Reviewer"), "rita");
      await by.write(page.getByLabel("Password"), "correct horse");
      await by.press(page.getByRole("button", { name: "Sign in with a password" }));
      await page.getByRole("heading", { name: "Reviews" }).waitFor();
      if (by.hasScript) await page.clock.install();
    },
    "approves a review of the queue": async (by) => {
      const key = await ask(by.way, "alice");
      await by.open("reviews");
      const approve = new RegExp(`^Approve .* of ${key.userId}$`);
      await by.press(by.page.getByRole("button", { name: approve }));
      await by.decided(approve);
      await by.page
        .getByText(by.hasScript ? "Approved." : "The review was approved")
        .first()
        .waitFor();
      expect(await stateOf(key)).toBe("REVIEW_SUCCEEDED");
    },
    "rejects several at once": async (by) => {
      const keys = [await ask(by.way, "carl"), await ask(by.way, "dora")];
      await by.open("reviews");
      for (const { userId } of keys) {
        await by.press(by.page.getByRole("checkbox", { name: new RegExp(`of ${userId}$`) }));
      }
      await by.press(by.page.getByRole("button", { name: "Reject selected" }));
      await by.choose(by.page.getByLabel("Reason"), "suspected_fraud");
      await by.press(by.page.getByRole("button", { name: "Reject 2 reviews" }));
      await by.page.getByText("2 reviews were rejected").waitFor();
      expect(await Promise.all(keys.map(stateOf))).toEqual(["REVIEW_FAILED", "REVIEW_FAILED"]);
    },
    "filters the queue, claims a case, comments on it and rejects it with a note": async (by) => {
      const key = await ask(by.way, "erik");
      await by.open("reviews");
      await by.write(by.page.getByLabel("User"), key.userId);
      await by.press(by.page.getByRole("button", { name: "Show" }));
      await by.page.getByRole("link", { name: "All" }).waitFor();
      await by.press(by.page.getByRole("link", { name: new RegExp(`^Open .* of ${key.userId}$`) }));
      await by.page.getByRole("heading", { name: "What was asked for" }).waitFor();
      if (!by.hasScript) await by.press(by.page.getByRole("button", { name: "Show others that I am looking" }));
      await expect.poll(async () => (await engine.actions.find(key))?.reviewClaim?.reviewer).toBe("rita");
      await by.write(by.page.getByLabel("Comment"), "Nobody answers.");
      await by.press(by.page.getByRole("button", { name: "Add the comment" }));
      await by.page.getByText("Your comment is in the timeline.").waitFor();
      await by.choose(by.page.getByLabel("Reason"), "user_unreachable");
      await by.write(by.page.getByLabel("Note"), "Called twice.");
      const reject = new RegExp(`^Reject .* of ${key.userId}$`);
      await by.press(by.page.getByRole("button", { name: reject }));
      await by.decided(reject);
      await by.page
        .getByText(by.hasScript ? "rita rejected it" : "The review was rejected")
        .first()
        .waitFor();
      expect((await engine.actions.find(key))?.review).toMatchObject({
        reason: "user_unreachable",
        note: "Called twice.",
      });
    },
    "finds a user, unlocks, removes an authenticator, forgets a device and ends sessions": async (by) => {
      const userId = await setUpUser(by.way);
      await by.open("reviews");
      await by.press(by.page.getByRole("link", { name: "Users" }));
      await by.write(by.page.getByRole("searchbox"), `${userId}@bank.example`);
      await by.press(by.page.getByRole("button", { name: "Find" }));
      await by.press(by.page.getByRole("link", { name: userId, exact: true }));
      await by.page.getByRole("heading", { name: "Ways to prove" }).waitFor();
      const before = events.length;
      for (const [summary, notice] of [
        ["Forget all wrong answers", "Unlocked."],
        ["Remove", "Removed."],
        ["Forget this device", "Forgotten."],
        ["End all sessions", "All sessions have ended."],
      ] as const) {
        await change(by, summary);
        await by.page.getByRole("status").filter({ hasText: notice }).waitFor();
      }
      const made = events.slice(before).filter(({ actor }) => actor === "rita");
      expect(made.map(({ type }) => type)).toEqual([
        "user.unlocked",
        "authenticator.removed",
        "device.revoked",
        "session.ended",
      ]);
    },
    "signs another browser out": async (by) => {
      const address = `192.0.2.${ways.indexOf(by.way) + 1}`;
      await engine.reviewers.sessions.start({ reviewerId: "rita", passwordHash, address });
      await by.open("reviews");
      await by.press(by.page.getByRole("link", { name: "rita", exact: true }));
      await by.press(by.page.getByRole("button", { name: `Sign out rita, ${address}` }));
      await by.page.getByText("Signed out there.").waitFor();
      expect((await engine.reviewers.sessions.list("rita")).some((one) => one.address === address)).toBe(false);
    },
    "exports what is shown": async (by) => {
      await ask(by.way, "frida");
      await by.open("reviews");
      const [file] = await Promise.all([
        by.page.waitForEvent("download"),
        by.press(by.page.getByRole("link", { name: "CSV" })),
      ]);
      expect(file.suggestedFilename()).toBe("reviews-open.csv");
    },
    "reads figures, of another time, and of what they are made": async (by) => {
      await by.open("reviews");
      await by.press(by.page.getByRole("link", { name: "Figures" }));
      await by.page.getByRole("heading", { name: "Outcomes", exact: true }).waitFor();
      await by.press(by.page.getByRole("link", { name: "7 days" }));
      await by.page.waitForURL(/range=7d/);
      await by.press(by.page.locator("main summary").first());
      await by.page.getByRole("table").first().waitFor();
    },
    "looks through the activity, and at one action's trail": async (by) => {
      const { userId } = await ask(by.way, "gerd");
      await by.open("reviews");
      await by.press(by.page.getByRole("link", { name: "Activity" }));
      await by.write(by.page.getByLabel("User"), userId);
      await by.choose(by.page.getByLabel("State"), "REVIEW_REQUIRED");
      await by.press(by.page.getByRole("button", { name: "Show" }));
      await by.page.getByText(`Of the user ${userId}`).waitFor();
      await by.press(by.page.locator("td summary").first());
      await by.press(by.page.getByRole("link", { name: "Open" }));
      await by.page.getByRole("heading", { name: "Timeline" }).waitFor();
    },
    "invites a reviewer, changes and removes them": async (by) => {
      const reviewerId = `new-${by.way.replace(" ", "-")}`;
      await by.open("reviews");
      await by.press(by.page.getByRole("link", { name: "Reviewers" }));
      const invite = by.page.locator("details").filter({ hasText: "Invite a reviewer" });
      await by.press(invite.locator("summary"));
      await by.write(invite.getByLabel("Name"), reviewerId);
      await by.choose(invite.getByLabel("Role"), "look");
      await by.write(invite.getByLabel("Reason"), "New in the team");
      await by.press(invite.getByRole("button", { name: "Make a link" }));
      await by.page.getByRole("heading", { name: `The link for ${reviewerId}` }).waitFor();
      expect(await engine.reviewers.find(reviewerId)).toMatchObject({ role: "look" });
      const fold = by.page.locator("details").filter({ hasText: `Change ${reviewerId}` });
      await by.press(fold.locator("summary"));
      await by.choose(fold.getByLabel("Role"), "decide");
      await by.write(fold.getByLabel("Reason").first(), "Trained");
      await by.press(fold.getByRole("button", { name: "Change" }));
      await by.page.getByText("Changed. It counts").waitFor();
      expect(await engine.reviewers.find(reviewerId)).toMatchObject({ role: "decide" });
      await by.press(fold.locator("summary"));
      await by.write(fold.getByLabel("Reason").last(), "Left");
      await by.press(fold.getByRole("button", { name: `Remove ${reviewerId}` }));
      await by.page.getByText("Removed, and signed out").waitFor();
      expect(await engine.reviewers.find(reviewerId)).toBeUndefined();
    },
    "signs out": async (by) => {
      await by.press(by.page.getByRole("button", { name: "Sign out", exact: true }));
      await by.page.getByRole("heading", { name: "Sign in" }).waitFor();
    },
    "signs in with a passkey that an invitation made, renames it, and adds another": async (by) => {
      const { page } = by;
      // Whoever runs none is told so, beside the way in that needs none.
      if (!by.hasScript)
        return expect(await page.locator("noscript").first().textContent()).toContain("needs JavaScript");
      await addVirtualAuthenticator(page);
      const operator = { actor: "operator", reason: "a test" };
      const reviewerId = `pia-${by.way}`;
      const { token } = await engine.reviewers.invite(reviewerId, { role: "look", userIds: [] }, operator);
      await by.open(`invitation#${token}`);
      await by.press(page.getByRole("button", { name: "Open the invitation" }));
      await by.write(page.getByLabel("Its name"), "Telephone");
      await by.press(page.getByRole("button", { name: "Create a passkey" }));
      await page.getByRole("heading", { name: "Reviews" }).waitFor();
      await by.press(page.getByRole("button", { name: "Sign out", exact: true }));
      await by.press(page.getByRole("button", { name: "Sign in with a passkey" }));
      await page.getByRole("heading", { name: "Reviews" }).waitFor();
      await by.press(page.getByRole("link", { name: reviewerId }));
      await by.press(page.getByRole("link", { name: "Your passkeys" }));
      await by.press(page.locator("summary", { hasText: "Rename Telephone" }));
      await by.write(page.getByLabel("Its name"), "Old telephone");
      await by.press(page.getByRole("button", { name: "Rename Telephone" }));
      await page.getByRole("heading", { name: "Old telephone" }).waitFor();
      await by.press(page.getByRole("button", { name: "Add a passkey" }));
      await page.getByRole("button", { name: "Create a passkey" }).waitFor();
      expect((await engine.reviewers.find(reviewerId))?.passkeys.map(({ name }) => name)).toEqual(["Old telephone"]);
    },
  };

  const played = ways.flatMap((way) => Object.keys(tasks).map((task) => [way, task] as const));

  it.each(played)("by %s: %s", { timeout: 60_000 }, async (way, task) => {
    await tasks[task]?.(hands.get(way)!);
  });
});
