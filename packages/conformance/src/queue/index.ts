export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export { describeQueueConformance, queueCases } from "./queue-cases.ts";
export type { QueueHarness } from "./queue-harness.ts";
