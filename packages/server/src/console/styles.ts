import { readFileSync } from "node:fs";
import type { Html } from "./html.ts";

/** The console's one style sheet. It stands in the source folder, which is published beside what is built of it. */
export const styles: Html = {
  markup: readFileSync(new URL("../../src/console/console.css", import.meta.url), "utf8"),
};
