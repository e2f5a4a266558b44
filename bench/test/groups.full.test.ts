import { allowWarnings } from "../../test/support/src/warnings.ts";
import { groups } from "../src/groups/index.ts";
import { describeGroups } from "./measure-group.ts";

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_FSYNC");

describeGroups(Object.keys(groups));
