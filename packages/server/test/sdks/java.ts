import { type Sdk, unchanged } from "./sdk.ts";
import { parseAs, type Shape } from "./shapes.ts";
import { typedMethods } from "./typed-methods.ts";

/** Gson. */
const parse = (shape: Shape, json: unknown): unknown =>
  parseAs(shape, json, { makesTexts: true, skipsUnknownWords: true });

const methods: Shape = {
  oneOf: [
    "SMS",
    "AUTHENTICATOR_APP",
    "EMAIL_MAGIC_LINK",
    "EMAIL_OTP",
    "PUSH",
    "SECURITY_KEY",
    "PASSKEY",
    "VERIFF",
    "IPROOV",
    "PALM_BIOMETRICS_RR",
    "IDVERSE",
    "DEVICE",
    "WHATSAPP",
  ],
};

export const java: Sdk = {
  name: "Java",
  version: "2.10.1",
  headers: { "content-type": "application/json", "x-authsignal-version": "2.10.1", "user-agent": "authsignal-java" },
  read: parse,
  errorCode: "error",
  notes: [
    "puts ids into paths as they are, and throws before it sends where one has a space: encode them yourself, or restrict them to what a path can hold",
  ],
  spell: unchanged,
  webhookData: { mapOf: "string" },
  methods: typedMethods({
    methods,
    custom: { mapOf: "string" },
    challengeExpiry: "int64",
    update: "POST",
    trackDefaults: {},
    claimDefaults: {},
    getChallenge: (challengeId) => ({
      method: "POST",
      path: `/challengeschallengeId=${encodeURIComponent(challengeId)}`,
      body: { challengeId },
    }),
    nameOf: (operation) => operation,
    faults: {
      getChallenge:
        "the SDK leaves out the question mark, and asks for `/challengeschallengeId=…`, which is 404 anywhere",
    },
  }),
};
