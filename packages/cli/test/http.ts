export { type Answer, basic, send } from "@require-action-test/support/send";

export const apiSecret = "a-server-api-secret";
