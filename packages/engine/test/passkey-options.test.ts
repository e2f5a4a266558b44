import { ConfigurationError } from "@require-action/core";
import type { PasskeyOptions } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness } from "./harness.ts";
import { createPasskeyHarness, PASSKEY } from "./passkey-harness.ts";

describe("the option passkeys", () => {
  it("makes passkeys the strongest method; without it they are not offered", () => {
    expect(createPasskeyHarness().engine.verificationMethods[0]).toEqual({ name: PASSKEY, strength: "high" });
    expect(createHarness().engine.verificationMethods.map(({ name }) => name)).not.toContain(PASSKEY);
  });

  it("is needed by a policy with an action that accepts passkeys only", () => {
    expect(() =>
      createHarness({ policy: { actions: { pay: { defaultOutcome: "CHALLENGE", verificationMethods: [PASSKEY] } } } }),
    ).toThrow("policy.actions.pay.verificationMethods");
  });

  it.each([
    { rpId: "localhost", origins: ["http://localhost:3000"] },
    { rpId: "localhost", origins: ["http://app.localhost"] },
    { rpId: "bank.example", rpName: "Bank", origins: ["https://bank.example", "https://www.bank.example:8443"] },
    { rpId: "bank.example", origins: ["https://bank.example"], topOrigins: ["https://app.example"] },
    { rpId: "bank.example", origins: ["https://bank.example", `android:apk-key-hash:${"A".repeat(43)}`] },
    { rpId: "bank.example", origins: ["https://bank.example"], relatedOrigins: ["https://bank.co.nz"] },
  ])("accepts %j", (passkeys) => {
    expect(() => createHarness({ passkeys })).not.toThrow();
  });

  const origins = ["https://bank.example"];

  it.each<[option: string, passkeys: unknown]>([
    ["passkeys", null],
    ["passkeys", "bank.example"],
    ["passkeys.rpId", { origins }],
    ["passkeys.rpId", { rpId: "https://bank.example", origins }],
    ["passkeys.rpId", { rpId: "bank.example:443", origins }],
    ["passkeys.rpId", { rpId: "Bank.example", origins }],
    ["passkeys.rpId", { rpId: "127.0.0.1", origins }],
    ["passkeys.rpId", { rpId: "com", origins: ["https://evil.com"] }],
    ["passkeys.rpId", { rpId: "", origins }],
    ["passkeys.rpName", { rpId: "bank.example", rpName: " ", origins }],
    ["passkeys.origins", { rpId: "bank.example" }],
    ["passkeys.origins", { rpId: "bank.example", origins: [] }],
    ["passkeys.origins", { rpId: "bank.example", origins: "https://bank.example" }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["https://bank.example/"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["http://bank.example"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["https://evilbank.example"] }],
    ["passkeys.origins[1]", { rpId: "bank.example", origins: ["https://bank.example", "https://bank.example.evil"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["*"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["android:apk-key-hash:AA:BB"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: [`android:apk-key-hash:${"A".repeat(43)}=`] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["capacitor://localhost"] }],
    ["passkeys.origins[0]", { rpId: "bank.example", origins: ["null"] }],
    ["passkeys.relatedOrigins[0]", { rpId: "bank.example", origins, relatedOrigins: ["http://bank.co.nz"] }],
    ["passkeys.relatedOrigins[0]", { rpId: "bank.example", origins, relatedOrigins: ["file://"] }],
    ["passkeys.topOrigins", { rpId: "bank.example", origins, topOrigins: "https://app.example" }],
    ["passkeys.topOrigins[0]", { rpId: "bank.example", origins, topOrigins: ["*"] }],
    ["passkeys.relyingParty", { rpId: "bank.example", origins, relyingParty: "bank.example" }],
  ])("names %s for %j", (option, passkeys) => {
    const error = caught(() => createHarness({ passkeys: passkeys as PasskeyOptions }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(option);
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
