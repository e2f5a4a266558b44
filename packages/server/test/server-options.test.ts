import { ConfigurationError } from "@require-action/core";
import { createEngine } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createServer, type ServerOptions } from "../src/index.ts";
import { apiSecret, policy, tenantId } from "./harness.ts";

const engine = createEngine({
  policy,
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "https://bank.example",
  baseUrl: "https://bank.example",
});

function wrongOption(options: object): string {
  try {
    createServer(engine, { apiSecrets: [apiSecret], tenantId, ...options } as ServerOptions);
  } catch (error) {
    if (error instanceof ConfigurationError) return `${error.option} ${error.message}`;
    throw error;
  }
  return "none";
}

describe("createServer", () => {
  it.each([
    ["apiSecrets", { apiSecrets: undefined }],
    ["apiSecrets", { apiSecrets: [] }],
    ["apiSecrets", { apiSecrets: apiSecret }],
    ["apiSecrets[1]", { apiSecrets: [apiSecret, "fifteen-chars-x"] }],
    ["apiSecrets[0]", { apiSecrets: ["with a space in it"] }],
    ["apiSecrets[0]", { apiSecrets: ["with-a-colon:in-it"] }],
    ["apiSecrets[0]", { apiSecrets: ["with-a-line-end-in-it\n"] }],
    ["tenantId", { tenantId: "" }],
    ["tenantId", { tenantId: undefined }],
    ["allowedOrigins", { allowedOrigins: "https://app.example" }],
    ["allowedOrigins[0]", { allowedOrigins: ["https://app.example/"] }],
    ["allowedOrigins[1]", { allowedOrigins: ["https://app.example", "*"] }],
    ["basePath", { basePath: "authsignal/" }],
    ["compat", { compat: "yes" }],
    ["store", { compat: true }],
    ["store", { store: {} }],
    ["dev.outbox", { dev: {} }],
    ["clock", { clock: {} }],
    ["apiSecret", { apiSecret }],
  ])("names %s when it is wrong", (option, options) => {
    expect(wrongOption(options).split(" ")[0]).toBe(option);
  });

  it("T33: shows no secret that it refuses", () => {
    expect(wrongOption({ apiSecrets: ["sesame"] })).not.toContain("sesame");
    expect(wrongOption({ apiSecrets: ["open:sesame, please"] })).not.toContain("sesame");
  });

  it("takes the least there is", () => {
    expect(wrongOption({})).toBe("none");
  });
});
