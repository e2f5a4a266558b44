import { shareOfKills } from "@require-action-test/support/full";
import { describeKills } from "./kills.ts";
import { describeLogKills } from "./log-kills.ts";

describeKills(shareOfKills(100));
describeLogKills(shareOfKills(20));
