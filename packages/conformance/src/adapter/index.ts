export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/failing-cases.ts";
export type { AdapterCase } from "./adapter-case.ts";
export { adapterCases, adapterCasesOf } from "./adapter-cases.ts";
export type { AdapterHarness, HandlerBody, RouteGuard, ServedApp, ServedRoute } from "./adapter-harness.ts";
export { describeAdapterConformance } from "./describe-adapter-conformance.ts";
export { createHttpClient, type Received, type SentRequest } from "./http-client.ts";
