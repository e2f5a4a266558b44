import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { serve, type Served } from "@require-action-test/support/serve";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createServer, type FetchHandler, toNodeHandler } from "../src/index.ts";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const by = { actor: "operator", reason: "a test" };

describe.skipIf(!hasChromium)("T64: a reviewer's passkey in a browser", () => {
  let http: Served;
  let url: string;
  let engine: Engine;
  const violations: string[] = [];

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    // By name: passkeys are made for no addresses.
    url = http.origin.replace("127.0.0.1", "localhost");
    const store = createMemoryStore();
    engine = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: url,
      reviewerPasskeys: { rpId: "localhost", origins: [url] },
      store,
    });
    const apiSecrets = ["an-api-secret-of-the-tests"];
    server = createServer(engine, { apiSecrets, tenantId: "bank", store, console: { secureCookies: false } });
  });
  afterAll(() => http.close());

  /** A page of a device of its own. */
  async function open(path: string): Promise<Page> {
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, locale: "en-GB" });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && violations.push(message.text()));
    await addVirtualAuthenticator(page);
    await page.goto(`${url}/console/${path}`);
    return page;
  }

  it("is made by a link, signs in, and invites another", async () => {
    const { token } = await engine.reviewers.invite("olga", { role: "administer", userIds: [] }, by);
    const page = await open(`invitation#${token}`);
    await page.getByRole("button", { name: "Open the invitation" }).click();
    // Loaded anew by somebody who hesitates, the link is still this browser's.
    await page.goto(`${url}/console/sign-in`);
    await page.goto(`${url}/console/invitation#${token}`);
    await page.getByRole("button", { name: "Open the invitation" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("heading", { name: "Reviews" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).press("Enter");
    await page.getByRole("heading", { name: "Reviews" }).waitFor();

    await page.getByRole("link", { name: "Reviewers" }).click();
    await page.getByText("Invite a reviewer").click();
    await page.getByLabel("Name").fill("bob");
    await page.getByLabel("User id 1").first().fill("b-1");
    await page.getByLabel("Reason").first().fill("New in the team");
    await page.getByRole("button", { name: "Make a link" }).first().click();
    const link = await page
      .getByRole("link", { name: "Copy the address" })
      .evaluate((node) => (node as unknown as { href: string }).href);
    expect(link).toMatch(new RegExp(`^${url}/console/invitation#[\\w-]{43}\\.[\\w-]{43}$`));

    const other = await open(`invitation${new URL(link).hash}`);
    await other.getByRole("button", { name: "Open the invitation" }).click();
    await other.getByRole("button", { name: "Create a passkey" }).click();
    await other.getByRole("link", { name: "bob" }).click();
    await other.getByText("You are bob, and may decide.").waitFor();
    await page.goto(`${url}/console/sessions`);
    await page.getByRole("button", { name: /^Sign out bob/ }).click();
    await page.getByText("Signed out there.").waitFor();
    await other.reload();
    await other.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(violations).toEqual([]);
    for (const one of [page, other]) await one.context().close();
  });

  itInFull("is joined by another one, which is named and takes the first one's place", async () => {
    const { token } = await engine.reviewers.invite("carol", { role: "look", userIds: [] }, by);
    const page = await open(`invitation#${token}`);
    await page.getByRole("button", { name: "Open the invitation" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("link", { name: "carol" }).click();
    await page.getByRole("link", { name: "Your passkeys" }).click();
    await page.getByRole("button", { name: "Add a passkey" }).press("Enter");
    await page.getByLabel("Its name").fill("Spare key");
    // The first device has one already, which the page says.
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByText("This device has a passkey of yours already").waitFor();
    await addVirtualAuthenticator(page, "usb");
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByText("Added. You can sign in with it from now on.").waitFor();
    await page.getByRole("heading", { name: "Spare key" }).waitFor();
    await page.getByRole("button", { name: /^Remove (?!Spare key)/ }).click();
    // The session was of the passkey that is gone.
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const { passkeys } = (await engine.reviewers.find("carol"))!;
    expect(passkeys.map(({ name }) => name)).toEqual(["Spare key"]);
    expect(violations).toEqual([]);
    await page.context().close();
  });

  it("is not used where its owner refuses, which the page says", async () => {
    const page = await open("sign-in");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("The passkey was not used. Try again.").waitFor();
    expect(violations).toEqual([]);
    await page.context().close();
  });
});
