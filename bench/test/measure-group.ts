import { describe, expect, it } from "vitest";
import { groups } from "../src/groups/index.ts";
import { didItsWork } from "../src/report.ts";

/**
 * Registers a tiny run of each of these groups. No figure is asserted: only that each subject did what it is timed for.
 */
export function describeGroups(names: readonly string[]): void {
  describe.each(names)("the bench's group %s", (name) => {
    it("times subjects that do their work, and tells their figures", { timeout: 180_000 }, async () => {
      const measure = await groups[name]!();
      const { tables, aims, work } = await measure("tiny");
      expect(work.filter((one) => !didItsWork(one))).toEqual([]);
      expect(work.length).toBeGreaterThan(0);
      for (const { title, columns, rows, sampled } of tables) {
        if (sampled !== true) expect(rows.length, title).toBeGreaterThan(0);
        for (const { subject, figures } of rows) {
          expect(figures.length, `${title}: ${subject}`).toBe(columns.length);
          expect(figures.filter((figure) => figure !== undefined && !(Number.isFinite(figure) && figure >= 0))).toEqual(
            [],
          );
        }
      }
      for (const { id, measured } of aims) expect(Number.isFinite(measured), id).toBe(true);
    });
  });
}
