import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";

/** A server behind a balancer, on this machine. */
export interface Backend {
  readonly name: string;
  readonly port: number;
}

/** A balancer of one's own. */
export interface Balancer {
  readonly origin: string;
  /** Resolves when it sends to a server, or when it has noticed that one is away, if it ever does by itself. */
  until(backend: Backend, status: "UP" | "DOWN"): Promise<void>;
  close(): Promise<void>;
}

/** The name of the server that a request was sent to last, in each answer, those that the balancer makes itself among them. */
export const SERVED_BY = "x-served-by";

/** Debian keeps them in /usr/sbin. */
export const balancerEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${process.env["PATH"]}${delimiter}/usr/sbin`,
};

/** Why tests behind a balancer are skipped, if they are. */
export function missingBalancer(command: string): string | undefined {
  if (spawnSync(command, ["-v"], { env: balancerEnvironment }).status === 0) return undefined;
  const reason = `there is no ${command} to start`;
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return reason;
}
