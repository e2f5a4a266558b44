import axe from "axe-core";
import type { Frame, Page } from "playwright-core";

// axe-core (MPL-2.0) is a tool of the tests, and in nothing that is published.

/** What axe finds in a page or a frame of it, each with its markup. */
export async function axeFindingsIn(document: Page | Frame): Promise<readonly string[]> {
  await document.evaluate(axe.source);
  return document.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(window.document, {
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** As {@link axeFindingsIn}, and whether the page is wider than its window. */
export async function findingsOf(page: Page): Promise<readonly string[]> {
  const found = await axeFindingsIn(page);
  const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  return overflows ? [...found, "overflows"] : found;
}
