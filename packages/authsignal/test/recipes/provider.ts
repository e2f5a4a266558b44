import { authsignal } from "@require-action/authsignal";
import type { ActionProvider } from "@require-action/core/provider";

export function createProvider(apiSecretKey: string): ActionProvider {
  return authsignal({ apiSecretKey, apiUrl: "https://eu.api.authsignal.com/v1" });
}
