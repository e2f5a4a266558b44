import { type ClientPlan, compareProviderClients } from "../peers/provider-clients.ts";
import { compareTokenRoutes, type TokenPlan } from "../peers/token-routes.ts";
import type { GroupReport, Pace } from "../report.ts";

const plans: Readonly<Record<Pace, { readonly tokens: TokenPlan; readonly clients: ClientPlan }>> = {
  full: {
    tokens: { rounds: 5, connections: 10, requests: 6_000 },
    clients: { rounds: 7, calls: { 1: 1_000, 50: 3_000 } },
  },
  quick: {
    tokens: { rounds: 2, connections: 10, requests: 1_000 },
    clients: { rounds: 3, calls: { 1: 500, 50: 1_000 } },
  },
  tiny: {
    tokens: { rounds: 1, connections: 2, requests: 8 },
    clients: { rounds: 1, calls: { 1: 3, 4: 8 } },
  },
};

/** What users would pick instead: token middlewares on the same route, and Authsignal's own client. */
export async function measurePeers(pace: Pace): Promise<GroupReport> {
  const { tokens, clients } = plans[pace];
  const routes = await compareTokenRoutes(tokens);
  const providers = await compareProviderClients(clients);
  return {
    title: "Peers",
    tables: [...routes.tables, ...providers.tables],
    aims: [...routes.aims, ...providers.aims],
    work: [...routes.work, ...providers.work],
    skipped: [],
  };
}
