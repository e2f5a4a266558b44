import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { freePort } from "@require-action-test/support/free-port";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { describe, expect, it, onTestFinished } from "vitest";

const payment = { amount: "250.00", payee: "DE02120300000000202051" };

/** An assistant with the bank, as one command adds it, and its user's browser. */
async function open() {
  const port = await freePort();
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      fileURLToPath(new URL("../../../scripts/source.mjs", import.meta.url)),
      fileURLToPath(new URL("../src/main.ts", import.meta.url)),
    ],
    env: { ...(process.env as Record<string, string>), PORT: String(port) },
    stderr: "pipe",
  });
  const context = await (await launchChromium()).newContext();
  const page = await context.newPage();
  await addVirtualAuthenticator(page);
  const client = new Client(
    { name: "assistant", version: "1.0.0" },
    { capabilities: { elicitation: { url: {} } }, versionNegotiation: { mode: "auto" } },
  );
  onTestFinished(async () => {
    await client.close();
    await context.close();
  });
  const isOpen = new Promise((resolve) => (transport.stderr as Readable).once("data", resolve));
  await client.connect(transport);
  await isOpen;
  const call = async (name: string, args: object = {}): Promise<string> => {
    const { content } = await client.callTool({ name, arguments: args as never });
    return (content as { text: string }[])[0]!.text;
  };
  return { url: `http://localhost:${port}`, page, client, call };
}

describe.skipIf(!hasChromium)("the bank of an assistant", () => {
  it("T4, T55: does what its user approves with a passkey, after entering the number", async () => {
    const { url, page, client, call } = await open();
    expect(await call("balance")).toBe("20000.00 EUR");
    client.setRequestHandler("elicitation/create", async () => ({ action: "cancel" }));
    expect(await call("withdraw", payment)).toContain("set up a passkey");

    await page.goto(url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Set up a passkey" }).click();
    await page.getByRole("button", { name: "Passkey" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByText("Signed in as alice.").waitFor();

    client.setRequestHandler("elicitation/create", async ({ params }) => {
      const { message, url: approvals } = params as { readonly message: string; readonly url: string };
      await page.goto(approvals);
      await page.getByText(payment.payee).waitFor();
      await page.getByRole("textbox").fill(/ number (\d\d) /.exec(message)![1]!);
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByText("EUR 250.00").waitFor();
      await page.getByRole("button", { name: /passkey/i }).click();
      await page.getByText("Go back to your assistant").waitFor();
      return { action: "accept" };
    });
    expect(await call("withdraw", payment)).toBe(`250.00 EUR are on their way to ${payment.payee}.`);
    expect(await call("balance")).toBe("19750.00 EUR");

    client.setRequestHandler("elicitation/create", async ({ params }) => {
      await page.goto((params as { readonly url: string }).url);
      await page.getByRole("button", { name: "I do not want this" }).click();
      await page.getByText("will not be done").waitFor();
      return { action: "accept" };
    });
    expect(await call("withdraw", payment)).toContain("declined");
    expect(await call("withdraw", payment)).toContain("declined");
    expect(await call("balance")).toBe("19750.00 EUR");
  });
});
