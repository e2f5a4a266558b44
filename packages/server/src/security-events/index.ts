export {
  createSecurityEventReceiver,
  type SecurityEventOptions,
  type SecurityEventReceived,
} from "./security-event-receiver.ts";
export type { SecuritySubject } from "./security-event-token.ts";
export type { FetchHandler } from "../http/exchange.ts";
export { type NodeHandler, toNodeHandler } from "../http/node-handler.ts";
