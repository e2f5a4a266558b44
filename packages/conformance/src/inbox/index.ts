export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export { describeInboxStoreConformance, type InboxStoreHarness, inboxStoreCases } from "./inbox-store-cases.ts";
