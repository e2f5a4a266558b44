import type { PageState, ShownAuthenticator } from "../pages/page-state.ts";

/** A state of the challenge page, made up, and the way to it. */
export interface GalleryState {
  /** Stands in the place of a token. */
  readonly name: string;
  /** What the page is about; for the rest see {@link withdrawal}. */
  readonly page?: Partial<PageState>;
  /** How the server refuses: to say what the page is about, or to take an answer. */
  readonly refusal?: Refusal;
  readonly refuses?: "page" | "answer";
  /** What is pressed and typed on the way, by selectors, so that it is the same in every language. */
  readonly steps?: readonly Step[];
}

interface Refusal {
  readonly status: number;
  readonly errorCode: string;
  readonly retryAfterSeconds?: number;
}

/** A selector of what is pressed, or typed into where there is a text. */
type Step = readonly [selector: string, text?: string];

function authenticator(verificationMethod: string, hint?: string): ShownAuthenticator {
  const createdAt = Date.UTC(2026, 0, 2);
  const userAuthenticatorId = verificationMethod.toLowerCase();
  return { userAuthenticatorId, verificationMethod, createdAt, ...(hint === undefined ? {} : { hint }) };
}

const app = authenticator("AUTHENTICATOR_APP");
const email = authenticator("EMAIL_OTP", "a•••@mail.example");
const text = authenticator("SMS", "+44 ••• ••12");
const link = authenticator("EMAIL_MAGIC_LINK", "a•••@mail.example");
const passkey = authenticator("PASSKEY");
const recovery = authenticator("RECOVERY_CODE");

/** What is approved in each state, unless that says otherwise. The amount is a decimal, to be written as the page's language does. */
export const withdrawal: PageState = {
  screen: "challenge",
  action: {
    name: "Withdraw funds",
    details: [
      { label: "Amount", value: "1250.00", isMain: true },
      { label: "Payee", value: "Alice Example" },
      { label: "Reference", value: "RF18 5390 0754 7034" },
    ],
  },
  user: { name: "alice@mail.example", email: "alice@mail.example" },
  methods: [app, email],
  enrollable: ["PASSKEY", "AUTHENTICATOR_APP", "SMS", "EMAIL_OTP"],
  enrollingApproves: true,
  authenticators: [],
  sentCodes: [],
  expiresInMs: 600_000,
};

/** Sends itself with the last digit. */
const answer: readonly Step[] = [["#field", "123456"]];
const day = (of: number): number => Date.UTC(2026, 0, of);
const phones = {
  countries: [
    ["DE", "Deutschland \u2066+49\u2069"],
    ["JP", "\u65e5\u672c \u2066+81\u2069"],
    ["GB", "United Kingdom \u2066+44\u2069"],
  ],
  preferred: "GB",
} as const;

/** Every state that people meet. */
export const galleryStates: readonly GalleryState[] = [
  { name: "authenticator app" },
  {
    name: "many lines",
    page: {
      action: {
        ...withdrawal.action,
        details: [
          ...withdrawal.action.details,
          ...Array.from({ length: 9 }, (_none, index) => ({ label: `Line ${index + 1}`, value: "Text" })),
        ],
      },
    },
  },
  { name: "wrong code", steps: answer },
  {
    name: "locked for a while",
    steps: answer,
    refuses: "answer",
    refusal: { status: 429, errorCode: "too_many_requests", retryAfterSeconds: 300 },
  },
  {
    name: "locked for good",
    steps: answer,
    refuses: "answer",
    refusal: { status: 429, errorCode: "too_many_requests" },
  },
  {
    name: "choice of a way",
    page: { methods: [app, text, email, recovery] },
    steps: [[".links .link:nth-of-type(1)"]],
  },
  { name: "not asked for", steps: [[".links .link:nth-of-type(2)"]] },
  { name: "ended by its user", steps: [[".links .link:nth-of-type(2)"], [".primary"]] },
  { name: "lost method", steps: [[".links .link:nth-of-type(3)"]] },
  { name: "before a code is sent", page: { methods: [text] } },
  { name: "sent code", page: { methods: [email, app] }, steps: [[".primary"]] },
  {
    name: "not delivered",
    page: { methods: [text] },
    steps: [[".primary"]],
    refuses: "answer",
    refusal: { status: 502, errorCode: "delivery_failed" },
  },
  { name: "link by e-mail", page: { methods: [link, app] }, steps: [[".primary"]] },
  { name: "passkey", page: { methods: [passkey, app] } },
  {
    name: "passkeys with names",
    page: { methods: [{ ...passkey, hint: "iCloud Keychain, YubiKey, YubiKey (2), \u2026" }, app] },
  },
  { name: "remembering the device", page: { rememberDays: 30 } },
  { name: "recovery code", page: { methods: [recovery] } },
  { name: "first way to approve", page: { screen: "enroll", methods: [] } },
  { name: "setting up an app", page: { screen: "enroll", methods: [], enrollable: ["AUTHENTICATOR_APP"] } },
  {
    name: "recovery codes to keep",
    page: { screen: "enroll", methods: [], enrollable: ["AUTHENTICATOR_APP"] },
    steps: answer,
  },
  {
    name: "setting up a passkey",
    page: { screen: "enroll", methods: [], enrollable: ["PASSKEY"] },
  },
  {
    name: "setting up e-mail",
    page: { screen: "enroll", methods: [], enrollable: ["EMAIL_OTP"], user: { name: "alice" } },
  },
  {
    name: "setting up a phone",
    page: { screen: "enroll", methods: [], enrollable: ["SMS"], phones },
  },
  {
    name: "not a phone number",
    page: { screen: "enroll", methods: [], enrollable: ["SMS"], phones },
    steps: [["#field", "12"], [".primary"]],
  },
  {
    name: "code to a new address",
    page: { screen: "enroll", methods: [], enrollable: ["EMAIL_OTP"] },
    steps: [[".primary"]],
  },
  {
    name: "settings",
    page: {
      screen: "settings",
      authenticators: [passkey, app, email, recovery],
      enrollable: ["PASSKEY", "SMS"],
      phones,
    },
  },
  {
    name: "passkeys to tell apart",
    page: {
      screen: "settings",
      authenticators: [
        { ...passkey, hint: "iCloud Keychain", name: "iCloud Keychain", lastUsedAt: day(14) },
        { ...passkey, hint: "YubiKey (2)", name: "YubiKey" },
      ],
      enrollable: [],
    },
  },
  {
    name: "renaming a passkey",
    page: {
      screen: "settings",
      authenticators: [{ ...passkey, hint: "My blue key", name: "My blue key", lastUsedAt: day(14) }],
      enrollable: [],
    },
    steps: [[".row-actions .link:nth-of-type(1)"]],
  },
  {
    name: "removing a passkey",
    page: {
      screen: "settings",
      authenticators: [{ ...passkey, hint: "My blue key", name: "My blue key" }],
      enrollable: [],
    },
    steps: [[".row-actions .link:nth-of-type(2)"]],
  },
  { name: "nothing set up", page: { screen: "settings", enrollable: ["AUTHENTICATOR_APP"] } },
  { name: "approved", steps: answer },
  { name: "approved before", page: { screen: "approved" } },
  { name: "refused", page: { screen: "refused" } },
  { name: "under review", page: { screen: "under-review" } },
  { name: "no way to approve", page: { screen: "stuck" } },
  { name: "set up too late", page: { screen: "too-new" } },
  { name: "expired", refuses: "page", refusal: { status: 401, errorCode: "expired_token" } },
  { name: "wrong link", refuses: "page", refusal: { status: 401, errorCode: "unauthorized" } },
  { name: "no connection", refuses: "page", refusal: { status: 503, errorCode: "unavailable" } },
];
