import { describeKills } from "./kills.ts";

describeKills({ kills: 50, payments: 200 });
