/** One requirement of a port. */
export interface ConformanceCase<Harness> {
  /** Unique within its suite; the name under which `skip` leaves it out. */
  readonly title: string;
  /** Rejects when the implementation behaves otherwise. */
  run(harness: Harness): Promise<void>;
}

/** An implementation under test, as `open` builds it for one case. */
export interface OpenHarness {
  /** Disposes of everything that `open` built. Runs after the case, whether it passed or failed. */
  close?(): void | Promise<void>;
}

/** Options of each `describe…Conformance` function. */
export interface ConformanceOptions<Harness extends OpenHarness> {
  /** The implementation's name and version, for the report. */
  readonly name: string;
  /** Builds the implementation under test. Called once for each case. */
  open(): Harness | Promise<Harness>;
  /** Cases that cannot hold for this implementation: from the title of each to the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Texts that careless stores and ledgers mix up. */
export const LOOKALIKES: readonly string[] = ["a:b", "a", "A", "b", "a b", "ab", "a'b", "\u00e9", "e\u0301"];
