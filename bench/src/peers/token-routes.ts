import { SignJWT } from "jose";
import type { Aim, GroupReport, Table, Work } from "../report.ts";
import {
  compareRoutes,
  type MeasuredRoute,
  routeColumns,
  routeRow,
  type RouteSubject,
  throughputRatio,
} from "../routes/compare-routes.ts";
import { type Framework, type Front, peerToken } from "../routes/route.ts";
import { type Asking, serveRoute } from "../routes/served-route.ts";

/** Requests are those of one burst, a multiple of the connections. */
export interface TokenPlan {
  readonly rounds: number;
  readonly connections: number;
  readonly requests: number;
}

const peers: readonly (readonly [Framework, readonly Front[]])[] = [
  ["express", ["express-jwt", "express-oauth2-jwt-bearer"]],
  ["koa", ["koa-jwt"]],
];
const names: Partial<Record<Front, string>> = { bare: "bare route", ours: "ours, ALLOW" };

/** What only verifies a token, on the same route: our guard and engine decide in the time. */
export async function compareTokenRoutes({
  rounds,
  connections,
  requests,
}: TokenPlan): Promise<Pick<GroupReport, "tables" | "aims" | "work">> {
  const headers = { authorization: `Bearer ${await signToken()}` };
  const tables: Table[] = [];
  const aims: Aim[] = [];
  const work: Work[] = [];
  for (const [framework, fronts] of peers) {
    const all: readonly Front[] = ["bare", "ours", ...fronts];
    const routes = await Promise.all(all.map((front) => serveRoute(framework, front)));
    const subjects = routes.map((route): RouteSubject<Asking> => ({
      name: names[route.front] ?? route.front,
      route,
      ask: async () => ({ connections, requests, headers }),
    }));
    const measured = [...(await compareRoutes(subjects, rounds)).values()];
    const [bare, ours, ...others] = measured as [MeasuredRoute, MeasuredRoute, ...MeasuredRoute[]];
    work.push(...measured);
    tables.push({
      title: `${framework === "express" ? "Express 5" : "Koa 3"}, ${connections} connections`,
      columns: routeColumns,
      rows: measured.map((one) => routeRow(one, bare)),
      note: "The peers verify an HS256 token, and decide nothing.",
    });
    for (const other of others) {
      aims.push({
        id: `peer-${other.subject}`,
        what: `Our throughput on ALLOW against ${other.subject}`,
        measured: throughputRatio(ours, other),
        unit: "×",
        bound: { atLeast: 1.15 },
      });
    }
    await Promise.all(routes.map((route) => route.end()));
  }
  return { tables, aims, work };
}

function signToken(): Promise<string> {
  const { secret, issuer, audience } = peerToken;
  return new SignJWT({ sub: "alice" })
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(secret));
}
