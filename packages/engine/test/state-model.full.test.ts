import { itFollowsTheModel } from "./memory-model.ts";

itFollowsTheModel(5_000);
