import type { UserConsoleLog } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** How a test file says why it skips tests, with `console.warn`. */
const SKIPPED = /^SKIPPED: (.+)$/gm;

/** Reports at the end of a run how many tests were skipped, by reason. */
export class SkipReporter implements Reporter {
  /** Reasons that a module gave, by its id. */
  readonly #reasons = new Map<string, Set<string>>();

  onUserConsoleLog({ content, taskId }: UserConsoleLog): void {
    for (const [, reason = ""] of content.matchAll(SKIPPED)) {
      // A task's id begins with its file's.
      const module = taskId?.split("_", 1)[0] ?? "";
      this.#reasons.set(module, (this.#reasons.get(module) ?? new Set()).add(reason));
    }
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const reason = this.#reasonOf(test);
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
    if (sorted.length > 0)
      console.log(`Skipped:\n${sorted.map(([reason, count]) => `  ${count} × ${reason}`).join("\n")}\n`);
  }

  #reasonOf(test: TestCase): string {
    const [, titled] = /\(skipped: (.+)\)$/.exec(test.name) ?? [];
    const result = test.result();
    const noted = result.state === "skipped" ? result.note : undefined;
    if (titled ?? noted) return (titled ?? noted)!;
    // A module that several files share gives its reason while the first of them loads it.
    const isShared = !test.project.config.isolate;
    const reasons = [...this.#reasons].flatMap(([id, some]) => (isShared || id === test.module.id ? [...some] : []));
    const own = reasons.filter((reason) => test.fullName.includes(reason.split(" ")[0]!));
    if (reasons.length > 0) return (own.length > 0 ? own : reasons).join("; ");
    return `no reason given, in ${test.module.relativeModuleId}`;
  }
}
