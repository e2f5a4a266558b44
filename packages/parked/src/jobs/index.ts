export { type BullmqJobsQueueLike, openBullmqJobs } from "./bullmq-jobs.ts";
export { type GraphileWorkerJobsOptions, openGraphileWorkerJobs } from "./graphile-worker-jobs.ts";
export type { JobsDatabase, ParkedJobs, ParkedSummary } from "./parked-jobs.ts";
export { openPgBossJobs, type PgBossJobsOptions } from "./pg-boss-jobs.ts";
