import { Client } from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import type { ConnectOptions, Connected, ToolResult } from "./describe-guard-tool.ts";

interface Transport {
  onmessage?: ((message: any, extra?: any) => void) | undefined;
}

/** Connects the client of SDK 2, speaking the newest revision that the server has, or 2025-11-25. */
export async function connectClient(
  transport: Transport,
  { elicit }: ConnectOptions,
  versionNegotiation?: { readonly mode: "auto" },
): Promise<Connected & { readonly client: Client }> {
  const client = new Client(
    { name: "assistant", version: "1.0.0" },
    { capabilities: elicit ? { elicitation: { url: {} } } : {}, ...(versionNegotiation && { versionNegotiation }) },
  );
  if (elicit) {
    client.setRequestHandler("elicitation/create", async ({ params }) => ({ action: await elicit(params as never) }));
  }
  await client.connect(transport as never);
  expect(client.getNegotiatedProtocolVersion()).toBe(versionNegotiation ? "2026-07-28" : "2025-11-25");
  const received = record(transport);
  return {
    client,
    received,
    callTool: (args) => client.callTool({ name: "withdraw", arguments: args as never }),
    close: () => client.close(),
  };
}

/** Connects the client of SDK 1. */
export async function connectClient1(transport: Transport, { elicit }: ConnectOptions): Promise<Connected> {
  const capabilities = elicit ? { elicitation: { url: {} } } : {};
  const client = new Client1({ name: "assistant", version: "1.0.0" }, { capabilities });
  if (elicit) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({ action: await elicit(params as never) }));
  }
  await client.connect(transport as never);
  const received = record(transport);
  return {
    received,
    callTool: async (args) => (await client.callTool({ name: "withdraw", arguments: args as never })) as ToolResult,
    close: () => client.close(),
  };
}

/** Every message that reaches the client from now on. */
function record(transport: Transport): readonly string[] {
  const received: string[] = [];
  const { onmessage } = transport;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a transport has one listener, and no such method
  transport.onmessage = (message, extra) => {
    received.push(JSON.stringify(message));
    onmessage?.(message, extra);
  };
  return received;
}
