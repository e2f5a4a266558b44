import { afterAll, afterEach } from "vitest";
import { noteWarning, settleWarnings } from "./warnings.ts";

/*
 * Fails the test during which the process emits a warning that it does not expect: of a leak of listeners, of something
 * deprecated, or of ours. Workers run with --no-warnings, as nothing would be left to print.
 */
const { setImmediate: soon } = globalThis;
// Node emits a warning a moment after it is asked to.
const settle = async (): Promise<void> => {
  await new Promise<void>((resolve) => void soon(resolve));
  settleWarnings();
};

process.on("warning", noteWarning);
afterEach(settle);
afterAll(async () => {
  try {
    await settle();
  } finally {
    process.off("warning", noteWarning);
  }
});
