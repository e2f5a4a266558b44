import { describeQueueConformance } from "@require-action/conformance/queue";
import { createMemoryQueue } from "../src/index.ts";

describeQueueConformance({
  name: "memory",
  open() {
    const queue = createMemoryQueue();
    return { queue, other: queue, lookMs: 25 };
  },
});
