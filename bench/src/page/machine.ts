import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

/** What a run was made on, and against what. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly platform: string;
  /** Over the minute before the run: above zero, somebody else was at work. */
  readonly loadBefore: number;
  /** Of everything that is measured against, or through. */
  readonly versions: Readonly<Record<string, string>>;
}

const peers = [
  "express",
  "koa",
  "@authsignal/node",
  "express-jwt",
  "express-oauth2-jwt-bearer",
  "koa-jwt",
  "json-rules-engine",
  "json-logic-js",
  "@marcbachmann/cel-js",
  "jose",
  "redis",
  "pg",
  "autocannon",
] as const;

/** Describes this machine; to be asked before anything is measured. */
export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0]!,
    versions: Object.fromEntries(peers.map((name) => [name, installedVersion(name)])),
  };
}

function installedVersion(name: string): string {
  const manifest = fileURLToPath(new URL(`../../node_modules/${name}/package.json`, import.meta.url));
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
