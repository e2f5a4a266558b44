import { describeGroups } from "./measure-group.ts";

// groups.full.test.ts measures them all.
describeGroups(["rules", "guard"]);
