import { otherThan } from "@require-action-test/support/codes";
import { EngineError, type Store } from "@require-action/engine";
import { createHarness } from "../../../engine/test/harness.ts";

const CONCURRENT = 25;

/** Guesses the codes of one user, 25 at once over many sessions, once a line on stdin says so; tells what became of each. */
export async function guess(store: Store): Promise<void> {
  const { TOKENS = "", RIGHT_CODE = "", NOW } = process.env;
  const { engine } = createHarness({ store, clock: { now: () => Number(NOW) } });
  const tokens = TOKENS.split(" ");
  process.stdout.write("ready\n");
  await new Promise((resolve) => process.stdin.once("data", resolve));

  const outcomes = await Promise.all(
    Array.from({ length: CONCURRENT }, (_, index) => {
      const token = tokens[(process.pid + index) % tokens.length]!;
      return engine.challenges.verify(token, "AUTHENTICATOR_APP", otherThan(RIGHT_CODE)).then(
        ({ isVerified }) => (isVerified ? "verified" : "evaluated"),
        (error: unknown) => (error instanceof EngineError ? error.reason : String(error)),
      );
    }),
  );
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
  process.exit();
}
