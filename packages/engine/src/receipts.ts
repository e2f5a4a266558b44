export type { ApprovalRecord, Ceremony } from "./store/receipt-records.ts";
export type { PasskeyAssertion } from "./webauthn/passkey-response.ts";
