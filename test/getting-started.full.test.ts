import { inFull } from "@require-action-test/support/full";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { build } from "esbuild";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { blocks } from "./markdown.ts";
import { type PastedApp, pasteFolder, startPasted } from "./paste.ts";
import { filesBelow, read } from "./workspace.ts";

const frameworks = ["express", "fastify", "fetch", "hono", "koa", "nestjs"];
const pages = frameworks.map((framework) => `docs/getting-started/${framework}.md`);
/** Each application starts as its readers start it: the others are for `npm run test:full`. */
const walked = pages.filter((page) => page.endsWith("/express.md") || inFull);
const run = promisify(execFile);
let app: PastedApp;

afterEach(() => app.close());
afterAll(() => rmSync(pasteFolder, { recursive: true }));

/** Runs commands of a document in a shell, against the application that was pasted. */
async function shell(commands: string): Promise<string> {
  const here = commands.replaceAll("localhost:3000", app.origin.replace("http://", ""));
  return (await run("bash", ["-euo", "pipefail", "-c", here])).stdout;
}

function stepOf(page: string, name: string): string {
  return blocks(page).find(({ step }) => step === name)!.code;
}

/** Makes secrets by the command of a page, and puts them where its application reads them. */
async function setSecrets(page: string): Promise<void> {
  const [command] = stepOf(page, "secrets").split(" > .env");
  const { stdout } = await run("bash", ["-c", command!]);
  for (const line of stdout.trim().split("\n")) {
    const [name, secret] = line.split("=");
    vi.stubEnv(name!, secret);
  }
}

describe.each(walked)("%s", (page) => {
  it("is pasted, started and walked as it says", async () => {
    const step = (name: string): string => stepOf(page, name);
    await setSecrets(page);
    app = await startPasted(page);
    expect(app.warnings).toEqual(["RA_MEMORY_LEDGER"]);
    const define = step("define");

    const asked = await shell(`${define}${step("allowed")}${step("challenge")}echo "token $TOKEN"`);
    const [, allowed, refused, challenge] = asked.match(/^(\{[^}]*\})\n(\d{3})\n([\s\S]*)$/)!;
    expect(JSON.parse(allowed!)).toEqual({ withdrawn: "5.00", to: "DE02120300000000202051" });
    expect(read(page)).toContain(`before anybody is asked (${refused})`);
    expect(challenge).toContain('"code": "challenge_required"');
    const token = asked.match(/^token (\S+)$/m)![1];
    await expect.poll(() => app.printed.at(-1)).toMatch(/^E-mail to alice@example\.com: your code is \d{6}$/);
    const code = app.printed.at(-1)!.slice(-6);

    const answer = step("answer").replace("CODE=123456", `CODE=${code}`);
    const repeat = await shell(`TOKEN=${token}\n${define}${answer}${step("repeat")}`);
    const paid = { withdrawn: "250.00", to: "DE02120300000000202051" };
    expect(repeat).toBe(`action_parameters_changed\n${JSON.stringify(paid, null, 2)}\naction_token_used\n`);
  });
});

it("there is a page for each framework, and one for the browser", () => {
  expect(filesBelow("docs/getting-started", ".md").toSorted()).toEqual(
    [...pages, "docs/getting-started/browser.md"].toSorted(),
  );
});

it("the example of the README answers as it says", async () => {
  app = await startPasted("README.md");
  expect(new Set(app.warnings)).toEqual(new Set(["RA_MEMORY_LEDGER", "RA_RANDOM_SEAL_SECRET"]));
  const reply = await shell(stepOf("README.md", "withdraw"));
  const [head = "", body = ""] = reply.split("\r\n\r\n");
  const shown = blocks("README.md").find(({ language }) => language === "http")!.code;
  const [shownHead = "", shownBody = ""] = shown.split("\n\n");
  expect(head.split("\r\n")).toEqual(expect.arrayContaining(shownHead.split("\n")));
  const expected = JSON.parse(shownBody.replace(",\n  …", "").replace("localhost:3000", new URL(app.origin).host));
  const { token, url } = JSON.parse(body) as { readonly token: string; readonly url: string };
  expect(JSON.parse(body)).toMatchObject({ ...expected, token, url });
  expect(url).toBe(`${app.origin}/auth/challenge?token=${token}`);
});

it.skipIf(!hasChromium)("the page for the browser is walked as it says", async () => {
  const page = "docs/getting-started/browser.md";
  await setSecrets(page);
  app = await startPasted(page);
  await build({
    entryPoints: [`${app.folder}page.js`],
    bundle: true,
    format: "esm",
    outfile: `${app.folder}public/page.js`,
    conditions: ["@require-action/source"],
  });
  const tab = await (await launchChromium()).newPage();
  try {
    await tab.goto(app.origin);
    await tab.getByRole("button").click();
    const [, send = ""] = read(page).match(/Press _([^_]+)_: the code is\s+in the terminal/)!;
    await tab.getByRole("button", { name: send, exact: true }).click();
    await expect.poll(() => app.printed.at(-1)).toMatch(/your code is \d{6}$/);
    await tab.getByRole("textbox").fill(app.printed.at(-1)!.slice(-6));
    await tab.keyboard.press("Enter");
    await tab.waitForURL(`${app.origin}/`);
    await expect
      .poll(() => tab.locator("output").textContent())
      .toBe('200 {"withdrawn":"250.00","to":"DE02120300000000202051"}');
  } finally {
    await tab.close();
  }
});
