import { type Sdk, unchanged } from "./sdk.ts";
import { parseAs, type Shape } from "./shapes.ts";
import { typedMethods } from "./typed-methods.ts";

/** System.Text.Json: a word that the enumeration does not have is an error too. */
const parse = (shape: Shape, json: unknown): unknown => parseAs(shape, json, {});

const methods: Shape = {
  oneOf: [
    "SMS",
    "EMAIL_MAGIC_LINK",
    "EMAIL_OTP",
    "AUTHENTICATOR_APP",
    "PASSKEY",
    "SECURITY_KEY",
    "PUSH",
    "VERIFF",
    "IPROOV",
    "IDVERSE",
    "RECOVERY_CODE",
    "DEVICE",
    "WHATSAPP",
  ],
};

const milliseconds = "the SDK reads `expiresAt`, which is in milliseconds, as 32 bits, and throws on the answer";

export const dotnet: Sdk = {
  name: ".NET",
  version: "4.1.0",
  headers: { "content-type": "application/json; charset=utf-8", "x-authsignal-version": "4.1.0" },
  read: parse,
  errorCode: "error",
  notes: [
    "puts ids into paths as they are: encode them yourself, or restrict them to what a path can hold",
    "`QueryUsers`, `QueryUserActions` and `GetChallenge` make their query of a relative URI, which `UriBuilder` refuses: by reading, they fail before they send; the requests that they mean are served",
  ],
  spell: unchanged,
  webhookData: { mapOf: "string" },
  methods: {
    ...typedMethods({
      methods,
      custom: { mapOf: "any" },
      challengeExpiry: "int32",
      update: "PATCH",
      trackDefaults: { redirectToSettings: false },
      claimDefaults: { skipVerificationCheck: false },
      getChallenge: (challengeId) => ({
        method: "POST",
        path: `/challenges?challengeId=${encodeURIComponent(challengeId)}`,
        body: { challengeId },
      }),
      nameOf: (operation) => operation.charAt(0).toUpperCase() + operation.slice(1),
      faults: { challenge: milliseconds, getChallenge: milliseconds },
    }),
    batchEnrollVerifiedAuthenticators: {
      name: "BatchEnrollVerifiedAuthenticators",
      request: ({ userId }) => ({
        method: "POST",
        path: "/users/authenticators",
        body: {
          authenticators: [{ userId, verificationMethod: "PASSKEY", credentialId: "x", credentialPublicKey: "x" }],
        },
      }),
      fault: "`not_supported`: passkeys cannot be imported",
    },
  },
};
