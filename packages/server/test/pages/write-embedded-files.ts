import { writeFileSync } from "node:fs";
import { consoleStyle, pageFiles } from "./embedded-files.ts";

const source = new URL("../../src/", import.meta.url);

writeFileSync(
  new URL("pages/page-files.ts", source),
  `// Generated from pages/browser by "npm run embed".

/** The files that the challenge page loads, by name, in a module: bundlers leave out files that are read from a folder. */
export const pageFiles: Readonly<Record<string, string>> = ${JSON.stringify(pageFiles())};
`,
);
writeFileSync(
  new URL("console/console-style.ts", source),
  `// Generated from console/console.css by "npm run embed".

/** The style sheet of the console, in a module: bundlers leave out files that are read from a folder. */
export const consoleStyle: string = ${JSON.stringify(consoleStyle())};
`,
);
