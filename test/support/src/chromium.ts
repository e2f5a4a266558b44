import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Whether there is a Chromium. Where services are required, its absence is a failure; otherwise it is told, loudly. */
export const hasChromium: boolean = existsSync(executablePath);

if (!hasChromium) {
  const absence = `There is no Chromium at ${executablePath}: set CHROMIUM_PATH.`;
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(absence);
  console.warn(`SKIPPED: every test in a browser. ${absence}`);
}

/** Starts a headless Chromium that talks to nobody but the tests; `without` are arguments of Playwright's to leave out. */
export async function launchChromium({
  without = [],
}: { readonly without?: readonly string[] } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    ignoreDefaultArgs: [...without],
  });
}
