import { describeKills } from "./kills.ts";

/** `PARKED_KILLS=5` kills five processes at each point. */
describeKills({ kills: Number(process.env["PARKED_KILLS"] ?? 50), payments: 200 });
