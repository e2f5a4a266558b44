import { filesBelow, packages, read } from "./workspace.ts";

/** An `@example` of a doc comment. */
export interface Example {
  readonly file: string;
  /** Of the tag, from 1. */
  readonly line: number;
  /** A module: the example, after what it takes for granted. */
  readonly source: string;
}

const EXAMPLE = /^ +\* @example\n((?: +\*(?: (?!@[a-z]).*)?\n)+)/gm;

const PROVIDER = `
    import type { ActionProvider as Provider } from "@require-action/core/provider";
    declare const provider: Provider;`;

/** What examples take for granted, besides the exports of their own package. */
const ambience: Readonly<Record<string, string>> = {
  ai: `
    import type { Guard } from "@require-action/core";
    import { tool } from "ai";
    import { z } from "zod";
    declare const guard: Guard<any>;
    declare function pay(userId: string, bound: { readonly amount: string; readonly payee: string }): string;`,
  authsignal: "",
  client: `
    import { Authsignal } from "@authsignal/browser";
    declare const tenantId: string, token: string, headers: HeadersInit, body: string, signal: AbortSignal;
    declare function render(prompts: unknown): void;`,
  conformance: `
    import { createMemoryLedger } from "@require-action/core";
    import { createMemoryInboxStore } from "@require-action/core/agents";
    import { createMemoryStore } from "@require-action/engine";
    import { createMemoryQueue } from "@require-action/parked";
    import { createManualClock } from "@require-action/testing";
    declare function createMyHarness<Harness>(): Harness;`,
  core: "",
  engine: `
    import type { Express } from "express";
    declare const app: Express, engine: Engine;`,
  express: `
    import type { Express, Request, Response } from "express";
    declare const app: Express;`,
  fastify: `
    import type { FastifyInstance, RouteHandlerMethod } from "fastify";
    declare const app: FastifyInstance, handler: RouteHandlerMethod;`,
  fetch: `
    declare const signedInUser: (request: Request) => string | undefined;
    declare function pick(body: unknown): { readonly amount: string };`,
  hono: `
    import type { Hono } from "hono";
    declare const app: Hono;
    declare function pick(body: unknown): { readonly amount: string };`,
  koa: `
    import type Router from "@koa/router";
    declare const router: Router;`,
  mcp: `
    import { type CallToolResult, McpServer } from "@modelcontextprotocol/server";
    import type { Guard } from "@require-action/core";
    import { z } from "zod";
    declare const guard: Guard<any>, server: McpServer;
    declare function pay(userId: string, bound: { readonly amount: string; readonly payee: string }): CallToolResult;`,
  nestjs: `
    import { Module, Post } from "@nestjs/common";`,
  parked: `
    import type { RequireAction } from "@require-action/express";
    import type { ParkedQueue } from "@require-action/core/parked";
    import { createBullmqQueue } from "@require-action/parked/bullmq";
    import { createGraphileWorkerQueue } from "@require-action/parked/graphile-worker";
    import { createPgBossQueue } from "@require-action/parked/pg-boss";
    import type { PostgresLedger } from "@require-action/sql";
    import { type ConnectionOptions, Queue, Worker } from "bullmq";
    import { makeWorkerUtils, run } from "graphile-worker";
    import type { Pool } from "pg";
    import PgBoss from "pg-boss";
    declare const connection: ConnectionOptions, pgPool: Pool;
    declare const connectionString: string, requireAction: RequireAction, ledger: PostgresLedger;
    declare const db: { transaction(work: (tx: any) => unknown): Promise<void> };
    declare function pay(bound: { readonly amount: string }, tx: unknown): Promise<void>;`,
  redis: `
    import { createClient } from "redis";`,
  server: `
    import { createServer as createHttpServer } from "node:http";
    import type { Express } from "express";
    import type { Engine, Store } from "@require-action/engine";
    declare const app: Express, engine: Engine, store: Store;`,
  sql: `
    import Database from "better-sqlite3";
    import { Pool } from "pg";
    declare const connectionString: string;`,
  testing: `
    import type { Express } from "express";
    import request from "supertest";
    declare const app: Express;`,
};

/** Every example of every package. */
export const examples: readonly Example[] = packages.flatMap(({ folder, name, manifest }) => {
  const entries = Object.entries(manifest.exports).filter(([path]) => !path.endsWith(".json"));
  const seen = new Set<string>();
  const imports = entries.map(([path, target]) => {
    const { "@require-action/source": source } = target as { readonly "@require-action/source": string };
    // A name that several entries export comes from the first.
    const names = exportedNames(`packages/${folder}/${source}`).filter((one) => !seen.has(one) && seen.add(one));
    return { from: name + path.slice(1), names };
  });
  return filesBelow(`packages/${folder}/src`, ".ts").flatMap((file) =>
    Array.from(read(file).matchAll(EXAMPLE), ({ index, 1: body = "" }) => {
      const given = PROVIDER + (ambience[folder] ?? "");
      // Fenced where a tag of TypeDoc's could be seen in it.
      const code = body.replaceAll(/^ +\* ?/gm, "").replaceAll(/^```.*\n/gm, "");
      const imported = imports.map((entry) => importOf(entry, given + code)).join("");
      const line = read(file).slice(0, index).split("\n").length;
      // In a block, so that an example may use a given name for something of its own.
      return { file, line, source: `${imported}${given}\n{\n${code}}\n` };
    }),
  );
});

/** What an entry exports, as its lists have it: `createGuard`, `type Guard`. */
function exportedNames(entry: string): readonly string[] {
  return Array.from(read(entry).matchAll(/^export (type )?\{([^}]*)\}/gm), ([, type = "", list = ""]) =>
    list
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => (name.startsWith("type ") ? name : type + name)),
  ).flat();
}

/** Imports the names that an example, or what it takes for granted, has in it. */
function importOf({ from, names }: { readonly from: string; readonly names: readonly string[] }, code: string): string {
  const used = names.filter((name) => new RegExp(`\\b${name.replace("type ", "")}\\b`).test(code));
  return `import { ${used.join(", ")} } from "${from}";\n`;
}
