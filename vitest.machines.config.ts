import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

/**
 * More than one machine, played on this one: `npm run test:machines`. Each file starts servers of its own and kills them, one
 * file after another, as their figures are about the time that failovers take.
 */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ["test/machines/**/*.machines.test.ts"],
    exclude: ["**/node_modules/**"],
    fileParallelism: false,
  },
});
