import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

/** The tests of what is mutated, without browsers and other packages. */
export default defineConfig({
  ...config,
  test: { ...config.test, include: ["packages/core/test/**/*.test.ts", "packages/engine/test/*.test.ts"] },
});
