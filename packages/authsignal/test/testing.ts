// The index of @require-action/testing does not export these yet.
export {
  createFaultyServer,
  createScriptedProvider,
  type Fault,
  type FaultyServer,
  faults,
  type ProviderHarness,
  providerConformance,
  type ScriptedProvider,
} from "../../testing/src/provider/index.ts";
