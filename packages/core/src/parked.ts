export type { ParkedActions, ParkedTask } from "./guard/parked-actions.ts";
export type { ParkedDelivered, ParkedWork } from "./guard/parked-run.ts";
export type {
  ParkedDeliveries,
  ParkedDelivery,
  ParkedDisposition,
  ParkedJob,
  ParkedQueue,
} from "./parked/parked-queue.ts";
