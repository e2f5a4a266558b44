export type { AdapterCase } from "./adapter-case.ts";
export { adapterCases, adapterConformance } from "./adapter-conformance.ts";
export { findFailingCases } from "./failing-cases.ts";
export type { AdapterHarness, HandlerBody, ServedApp, ServedRoute } from "./adapter-harness.ts";
export { createHttpClient, type Received, type SentRequest } from "./http-client.ts";
