import { describeKills } from "./kills.ts";

describeKills({ kills: 1, payments: 10 });
