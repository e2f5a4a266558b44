import { groups } from "../src/groups/index.ts";
import { describeGroups } from "./measure-group.ts";

describeGroups(Object.keys(groups));
