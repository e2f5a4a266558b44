import type { Aim, GroupReport, Pace, Table, Work } from "../report.ts";
import {
  compareRoutes,
  type MeasuredRoute,
  routeColumns,
  routeRow,
  type RouteSubject,
  throughputRatio,
} from "../routes/compare-routes.ts";
import type { Framework, Front } from "../routes/route.ts";
import { type Asking, type ServedRoute, serveRoute } from "../routes/served-route.ts";

/** Requests are those of one burst, a multiple of the connections. */
interface Plan {
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly allowRequests: number;
  readonly retryRequests: number;
}

const plans: Readonly<Record<Pace, Plan>> = {
  full: { rounds: 5, connections: [10, 100], allowRequests: 6_000, retryRequests: 2_000 },
  quick: { rounds: 2, connections: [10, 100], allowRequests: 1_000, retryRequests: 300 },
  tiny: { rounds: 1, connections: [2, 4], allowRequests: 8, retryRequests: 8 },
};

type Path = "ALLOW" | "verified retry";

const frameworks = ["express", "koa"] as const;
const fronts = ["bare", "by-hand", "limit", "ours"] as const;
const titles = { express: "Express 5", koa: "Koa 3" } as const;
const names: Partial<Record<Front, string>> = {
  bare: "bare route",
  "by-hand": "hand-written",
  limit: "limit: the same work by hand",
  ours: "ours",
};

/** What the issue demands of our throughput against the limit's. */
const demanded = {
  ALLOW: { express: 0.9, koa: 0.85 },
  "verified retry": { express: 0.85, koa: 0.8 },
} as const;

/** Measures the guard on real routes: Express and Koa, ALLOW and verified retry, few and many connections. */
export async function measureRoutes(pace: Pace): Promise<GroupReport> {
  const plan = plans[pace];
  const tables: Table[] = [];
  const aims: Aim[] = [];
  const work: Work[] = [];
  for (const framework of frameworks) {
    const routes = await Promise.all(fronts.map((front) => serveRoute(framework, front)));
    for (const path of ["ALLOW", "verified retry"] as const) {
      const subjects = plan.connections.flatMap((connections) =>
        routes.map((route) => subjectOf(route, path, connections, plan)),
      );
      const measured = [...(await compareRoutes(subjects, plan.rounds)).values()];
      const ofConnections = plan.connections.map((_, index) =>
        measured.slice(index * fronts.length, (index + 1) * fronts.length),
      );
      work.push(...measured);
      tables.push({
        title: `${titles[framework]}, ${path}`,
        columns: routeColumns,
        rows: ofConnections.flatMap((group) => group.map((one) => routeRow(one, group[0]!))),
        note:
          path === "ALLOW"
            ? "The limit gives the same guarantees without checking anything, in one synchronous function."
            : "Each approval is sent once; the bare route looks at no token, and the limit's tokens are its own.",
      });
      aims.push(aimOf(framework, path, ofConnections));
    }
    await Promise.all(routes.map((route) => route.end()));
  }
  return { title: "Guarded routes", tables, aims, work, skipped: [] };
}

function subjectOf(route: ServedRoute, path: Path, connections: number, plan: Plan): RouteSubject<Asking> {
  const { framework, front } = route;
  return {
    name: `${names[front]}, ${connections} connections`,
    route,
    async ask() {
      if (path === "ALLOW") return { connections, requests: plan.allowRequests };
      const requests = plan.retryRequests;
      // A token that nobody verifies costs its transport all the same, so the bare route gets one too.
      const approvals = front === "bare" ? unread(requests, framework) : await route.prepareApprovals(requests);
      return { connections, requests, approvals };
    },
  };
}

/** As long as a real result token. */
function unread(count: number, userId: string): readonly { userId: string; token: string }[] {
  return Array.from({ length: count }, () => ({ userId, token: "x".repeat(420) }));
}

function aimOf(framework: Framework, path: Path, ofConnections: readonly (readonly MeasuredRoute[])[]): Aim {
  const [few, many] = ofConnections.map(([, , limit, ours]) => throughputRatio(ours!, limit!));
  return {
    id: `limit-${framework}-${path === "ALLOW" ? "allow" : "retry"}`,
    what: `Throughput against the limit: ${titles[framework]}, ${path}, the worse of few and many connections`,
    measured: Math.min(few!, many!),
    unit: "×",
    bound: { atLeast: demanded[path][framework] },
  };
}
