import type { EngineOptions } from "@require-action/engine";

/** What every process makes its engine of. */
export const engineOptions: Pick<EngineOptions, "baseUrl" | "issuer" | "policy" | "secrets"> = {
  policy: { actions: { "sign-in": { defaultOutcome: "ALLOW" } } },
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "bank",
  baseUrl: "https://bank.example",
};

/** What every process makes its webhooks of. */
export const webhookOptions: { readonly apiSecrets: readonly string[]; readonly tenantId: string } = {
  apiSecrets: ["a-server-api-secret"],
  tenantId: "bank",
};
