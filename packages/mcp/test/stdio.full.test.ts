import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Readable } from "node:stream";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StdioClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";
import { connectClient, connectClient1 } from "./clients.ts";
import {
  type ConnectOptions,
  type Connected,
  describeGuardTool,
  type RemoteBank,
  type Way,
} from "./describe-guard-tool.ts";

/** Where Node finds what the package depends on. */
const program = fileURLToPath(new URL("../node_modules/.stdio-bank.mjs", import.meta.url));

beforeAll(async () => {
  const entry = fileURLToPath(new URL("stdio-bank.ts", import.meta.url));
  // Compiled once, as a compiler in each of the processes takes seconds.
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
  });
});

afterAll(() => rm(program));

interface Started {
  readonly stderr: unknown;
}

type Open = (transport: any, options: ConnectOptions) => Promise<Connected>;

/** Each client starts a process of its own, which is the bank: the test looks into that of the client that has a user. */
const over = (Transport: new (parameters: any) => Started, open: Open) => async (): Promise<Way> => {
  let port: string | undefined;
  const ask = async (door: string, given = ""): Promise<any> =>
    (await fetch(`http://127.0.0.1:${port}/${door}?given=${encodeURIComponent(given)}`)).json();
  const bank: RemoteBank = {
    approve: (number) => ask("approve", number),
    decline: () => ask("decline"),
    paid: () => ask("paid"),
    open: (user) => ask("open", user),
    secrets: () => ask("secrets"),
    answer: (state) => ask("answer", state),
  };
  return {
    bank,
    async connect(options) {
      const transport = new Transport({
        command: process.execPath,
        args: [program],
        env: { ...(process.env as Record<string, string>), BANK_USER: options.user ?? "" },
        stderr: "pipe",
      });
      const heard = new Promise<string>((resolve) =>
        (transport.stderr as Readable).once("data", (data) => resolve(String(data).trim())),
      );
      const client = await open(transport, options);
      const own = await heard;
      if (options.user !== undefined) port = own;
      return client;
    },
  };
};

describeGuardTool(
  "SDK 2 over stdio, revision 2026-07-28",
  true,
  over(StdioClientTransport, (transport, options) => connectClient(transport, options, { mode: "auto" })),
);
describeGuardTool("SDK 2 over stdio, revision 2025-11-25", true, over(StdioClientTransport, connectClient));
describeGuardTool("SDK 1 over stdio", true, over(Transport1, connectClient1));
