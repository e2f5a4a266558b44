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

const launched = new Map<string, Promise<Browser>>();

/**
 * A headless Chromium that talks to nobody but the tests, started when it is first asked for. It stays open for the tests of
 * other files, and ends with the process: close contexts and pages only. `without` are arguments of Playwright's to leave out.
 */
export function launchChromium({ without = [] }: { readonly without?: readonly string[] } = {}): Promise<Browser> {
  const name = without.join(" ");
  const known = launched.get(name);
  if (known !== undefined) return known;
  const browser = chromium.launch({
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
  launched.set(name, browser);
  return browser;
}
