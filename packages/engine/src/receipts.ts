export type { ReceiptOptions } from "./engine-options.ts";
export { hashOfLine, lineOf } from "./receipts/entries.ts";
export type { ReceiptEntry } from "./receipts/action-receipts.ts";
export type { Receipts } from "./receipts/receipts.ts";
export type {
  ApprovalRecord,
  Ceremony,
  ChainedReceipt,
  ReceiptRecord,
  ReceiptStore,
  WaitingReceipts,
} from "./store/receipt-records.ts";
export type { PasskeyAssertion } from "./webauthn/passkey-response.ts";
