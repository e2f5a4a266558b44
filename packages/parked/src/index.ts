export { createMemoryQueue, type MemoryQueue, type MemoryQueueOptions } from "./memory-queue.ts";
export {
  createParkedWorker,
  type ParkedHandler,
  type ParkedWorker,
  type ParkedWorkerOptions,
} from "./parked-worker.ts";
