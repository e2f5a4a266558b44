import type { Group } from "../report.ts";

/** The groups by name, each loaded when it is asked for: what one needs is not there for all. */
export const groups: Readonly<Record<string, () => Promise<Group>>> = {
  guard: async () => (await import("./guard.ts")).measureGuard,
  routes: async () => (await import("./routes.ts")).measureRoutes,
  peers: async () => (await import("./peers.ts")).measurePeers,
  rules: async () => (await import("./rules.ts")).measureRules,
  stores: async () => (await import("./stores.ts")).measureStores,
  served: async () => (await import("./served.ts")).measureServed,
  jwt: async () => (await import("./jwt.ts")).measureJwt,
  rest: async () => (await import("./rest.ts")).measureRest,
};
