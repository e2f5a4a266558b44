export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export type {
  AdapterCase,
  AdapterHarness,
  HandlerBody,
  RouteGuard,
  ServedApp,
  ServedRoute,
} from "./adapter-harness.ts";
export { adapterCases, adapterCasesOf, describeAdapterConformance } from "./adapter-cases.ts";
export { createHttpClient, type Received, type SentRequest } from "./http-client.ts";
