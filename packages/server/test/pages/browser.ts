import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** A tab that notes what a page of ours must never do. */
export interface Tab {
  readonly page: Page;
  /** Violations of the content security policy, uncaught errors, and requests to anybody but page and application. */
  readonly problems: readonly string[];
}

const timeout = 45_000;

export async function openTab(
  browser: Browser,
  { pages, app }: Readonly<Record<"pages" | "app", { readonly origin: string }>>,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 480, height: 800 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(timeout);
  const problems: string[] = [];
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "about:" && origin !== pages.origin && origin !== app.origin) problems.push(request.url());
  });
  await context.exposeBinding("noteViolation", (_source, text: string) => void problems.push(text));
  await context.addInitScript(`document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    noteViolation(violatedDirective + " " + blockedURI));`);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  return { page, problems };
}
