import { describeKills } from "./kills.ts";
import { describeLogKills } from "./log-kills.ts";

describeKills(4);
describeLogKills(3);
