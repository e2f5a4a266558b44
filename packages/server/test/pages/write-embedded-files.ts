import { writeFileSync } from "node:fs";
import { consoleScript, consoleStyle, embeddedPage, reviewerScript } from "./embedded-files.ts";

const source = new URL("../../src/", import.meta.url);

/** A text as an array of its lines, so that a difference shows where it is. */
function linesOf(text: string): string {
  const lines = text.split("\n").map((line) => JSON.stringify(line));
  return lines.length === 1 ? lines.join("") : `[\n${lines.join(",\n")},\n].join("\\n")`;
}

const page = await embeddedPage();
writeFileSync(
  new URL("pages/page-files.ts", source),
  `// Generated from pages/browser by "npm run embed". In a module, as bundlers leave out files that are read from a folder.

/** The script of the challenge page, bundled and minified. */
export const pageScript: string = ${linesOf(page.pageScript)};

/** The script that stands in the page itself, and says so when the other one does not run. */
export const failureScript: string = ${linesOf(page.failureScript)};

/** The style sheet of the challenge page, minified. */
export const pageStyle: string = ${linesOf(page.pageStyle)};

/** The icon of the challenge page, an SVG. */
export const pageIcon: string = ${linesOf(page.pageIcon)};
`,
);
writeFileSync(
  new URL("console/page/console-style.ts", source),
  `// Generated from console/page/console.css by "npm run embed".

/** The style sheet of the console, in a module: bundlers leave out files that are read from a folder. */
export const consoleStyle: string = ${JSON.stringify(consoleStyle())};
`,
);
writeFileSync(
  new URL("console/page/reviewer-script.ts", source),
  `// Generated from pages/browser/reviewer.js by "npm run embed".

/** The script of the console's forms that a passkey fills in. */
export const reviewerScript: string = ${linesOf(await reviewerScript())};
`,
);
writeFileSync(
  new URL("console/page/console-script.ts", source),
  `// Generated from console/browser by "npm run embed".

/** The script of the console, bundled and minified. */
export const consoleScript: string = ${linesOf(await consoleScript())};
`,
);
