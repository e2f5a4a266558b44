import { itFollowsTheModel } from "./memory-model.ts";

// state-model.full.test.ts walks many times as often.
itFollowsTheModel(150);
