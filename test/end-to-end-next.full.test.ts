import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasChromium } from "@require-action-test/support/chromium";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../examples/next-withdraw/src/app.ts";
import { describeBank, popupOf, visit } from "./bank-flows.ts";
import { embedded } from "./decision-settings.ts";

// Next takes no Response of another kind, such as the one that Hono's server puts in its place: this file has a process to itself.
const nextBank = { framework: "Next.js", createApp, ...embedded };

beforeAll(async () => {
  const setup = fileURLToPath(new URL("../examples/next-withdraw/setup.mjs", import.meta.url));
  // Where Next cannot be installed, its own tests say so.
  await promisify(execFile)(process.execPath, [setup]).catch(() => undefined);
}, 600_000);

describeBank([nextBank]);

describe.skipIf(!hasChromium)("the example bank on Next.js, by a server action", () => {
  it("T4, T5: asks in a popup, moves what was approved once, and refuses another amount with the same approval", async () => {
    const { example, page, expectOutcome } = await visit(nextBank);
    await page.goto(`${example.url}/transfer`);
    const transfer = async (amount: string): Promise<void> => {
      await page.getByLabel("Amount in EUR").fill(amount);
      await page.getByRole("button", { name: "Transfer" }).click();
    };
    await transfer("-1.00");
    await expectOutcome("The request lacks data that the decision needs.", []);

    await addVirtualAuthenticator(page);
    await transfer("250.00");
    await (await popupOf(page)).getByRole("button", { name: "Cancel" }).click();
    await expectOutcome("The transfer was not confirmed.", []);

    // What a thief would try with the approval that the page sends: another amount before it, and the same after it.
    const answers: string[] = [];
    await page.route("**/transfer", async (route, request) => {
      const sent = request.postData() ?? "";
      if (request.method() !== "POST" || !sent.includes("eyJ")) return route.continue();
      const { "content-length": _length, ...headers } = request.headers();
      const post = async (data: string): Promise<void> => {
        answers.push(await (await page.request.post(request.url(), { headers, data })).text());
      };
      await post(sent.replace("250.00", "9999.00"));
      const response = await route.fetch();
      await post(sent);
      await route.fulfill({ response });
    });
    await transfer("250.00");
    const popup = await popupOf(page);
    await popup.getByRole("button", { name: "Passkey" }).click();
    await popup.getByText("EUR 250.00").waitFor();
    await popup.getByRole("button", { name: "Create a passkey" }).click();
    await expectOutcome("250.00 EUR are on their way.", ["250.00"]);
    expect(answers).toEqual([
      expect.stringContaining('"code":"action_parameters_changed"'),
      expect.stringContaining('"code":"action_token_used"'),
    ]);
  });
});
