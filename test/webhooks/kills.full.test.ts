import { describeKills } from "./kills.ts";
import { describeLogKills } from "./log-kills.ts";

describeKills(100);
describeLogKills(20);
