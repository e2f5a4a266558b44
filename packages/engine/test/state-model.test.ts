import { itFollowsTheModel } from "./memory-model.ts";

// state-model.full.test.ts walks ten times as often.
itFollowsTheModel(500);
