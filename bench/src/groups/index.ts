import type { Group } from "../report.ts";

/** The groups by name, each loaded when it is asked for: what one needs is not there for all. */
export const groups: Readonly<Record<string, () => Promise<Group>>> = {
  guard: async () => (await import("./guard.ts")).measureGuard,
  routes: async () => (await import("./routes.ts")).measureRoutes,
};
