import { serveCounted } from "../served/counted-process.ts";
import { createBackend } from "./backend.ts";
import { createExpressRoute } from "./express-route.ts";
import { createKoaRoute } from "./koa-route.ts";
import type { Framework, Front } from "./route.ts";

const RULES = 10;
const [framework, front] = process.argv.slice(2) as [Framework, Front];
const backend = createBackend(RULES);
const route = (framework === "express" ? createExpressRoute : createKoaRoute)(front, backend);

await serveCounted({
  listener: route.listener,
  served: route.withdrawals,
  prepareApprovals: (count) =>
    backend.prepareApprovals(count, front === "ours" || front === "limit" ? front : "by-hand"),
});
