export {
  type AdapterCase,
  adapterCases,
  adapterConformance,
  type AdapterHarness,
  createHttpClient,
  findFailingCases,
  type HandlerBody,
  type Received,
  type SentRequest,
  type ServedApp,
  type ServedRoute,
} from "./adapter/index.ts";
export {
  type ConformanceSubject,
  type ProviderCase,
  providerCases,
  providerConformance,
  type ProviderConformanceOptions,
  type ProviderHarness,
  type TrackedAction,
} from "./provider/index.ts";
export type { LedgerCase, LedgerHarness, LedgerSubject } from "./ledger/ledger-case.ts";
export { ledgerCases, ledgerConformance } from "./ledger/ledger-conformance.ts";
export type { ConformingStore } from "./store/conforming-store.ts";
export type { StoreCase, StoreHarness, StoreSubject } from "./store/store-case.ts";
export { storeCases, storeConformance } from "./store/store-conformance.ts";
