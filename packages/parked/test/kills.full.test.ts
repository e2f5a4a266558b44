import { shareOfKills } from "@require-action-test/support/full";
import { describeKills } from "./kills.ts";

describeKills({ kills: shareOfKills(50), payments: 200 });
