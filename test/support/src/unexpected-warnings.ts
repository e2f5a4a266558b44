import { afterAll, afterEach, beforeAll } from "vitest";

/*
 * Fails the test during which Node emits a warning: of a leak of listeners, or of something deprecated. Warnings of our own
 * are the business of tests about them.
 */
const warnings: Error[] = [];
const note = (warning: Error): void => {
  if (warning.name !== "RequireActionWarning") warnings.push(warning);
};

beforeAll(() => void process.on("warning", note));
afterAll(() => void process.off("warning", note));
afterEach(() => {
  const [first] = warnings.splice(0);
  if (first !== undefined) throw first;
});
