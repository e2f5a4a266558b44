import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GuardToolOptions } from "../src/index.ts";
import { type Bank, createBank } from "./bank.ts";
import { connectClient, connectClient1 } from "./clients.ts";
import {
  type ConnectOptions,
  describeGuardTool,
  numberIn,
  PAYMENT,
  type RemoteBank,
  textOf,
  type Way,
} from "./describe-guard-tool.ts";

type Served = (req: IncomingMessage & { auth?: unknown }, res: ServerResponse) => Promise<unknown>;

/** Serves without sessions: revision 2026-07-28, and 2025-11-25 for clients that begin so. */
const stateless = ({ createServer: create }: Bank): Served =>
  toNodeHandler(createMcpHandler(create) as never) as Served;

/** Serves revision 2025-11-25 with a session for each client. */
function withSessions({ createServer: create }: Bank): Served {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  return async (req, res) => {
    let transport = sessions.get(String(req.headers["mcp-session-id"]));
    if (transport === undefined) {
      transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport!),
      });
      await create().connect(transport);
    }
    await transport.handleRequest(req as never, res);
  };
}

/** What an application does that verifies access tokens: here, the token is the subject. */
function authOf({ headers: { authorization } }: IncomingMessage): unknown {
  const subject = authorization?.replace("Bearer ", "");
  return subject && { token: subject, clientId: "assistant", scopes: [], extra: { sub: subject } };
}

async function listen(serve: Served): Promise<URL> {
  const server = createServer((req, res) => void serve(Object.assign(req, { auth: authOf(req) }), res));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

function remote(bank: Bank): RemoteBank {
  return {
    approve: async (number) => bank.approve(number),
    decline: async () => bank.decline(),
    paid: async () => bank.paid,
    open: async (user) => await bank.inbox.open(user),
    secrets: async () => bank.secrets(),
    answer: async (state) =>
      bank.provider.answer(state === "NOT_ENROLLED" ? { state: "ALLOW", isEnrolled: false } : (state as never)),
  };
}

const authorised = ({ user }: ConnectOptions) => ({
  requestInit: { headers: user === undefined ? {} : { authorization: `Bearer ${user}` } },
});

type Connect = (url: URL, options: ConnectOptions) => ReturnType<Way["connect"]>;

const over =
  (serve: (bank: Bank) => Served, connect: Connect, options?: GuardToolOptions) => async (): Promise<Way> => {
    const bank = createBank(options);
    const url = await listen(serve(bank));
    return { bank: remote(bank), connect: (given) => connect(url, given) };
  };

const newest: Connect = (url, options) =>
  connectClient(new StreamableHTTPClientTransport(url, authorised(options)), options, { mode: "auto" });
const usual: Connect = (url, options) =>
  connectClient(new StreamableHTTPClientTransport(url, authorised(options)), options);
const first: Connect = (url, options) => connectClient1(new Transport1(url, authorised(options)), options);

describeGuardTool("SDK 2 over HTTP, revision 2026-07-28", true, over(stateless, newest));
describeGuardTool("SDK 2 over HTTP, revision 2025-11-25, with sessions", true, over(withSessions, usual));
describeGuardTool("SDK 2 over HTTP, revision 2025-11-25, without sessions", false, over(stateless, usual));
describeGuardTool("SDK 1 over HTTP, with sessions", true, over(withSessions, first));

describe("the state that a client of revision 2026-07-28 carries", () => {
  /** Calls past the client's own handling of what is required, as an attacker would. */
  async function attack(options: GuardToolOptions = {}) {
    const bank = createBank(options);
    const url = await listen(stateless(bank));
    const clientOf = async (user: string) => {
      const elicit = async () => "cancel" as const;
      const transport = new StreamableHTTPClientTransport(url, authorised({ user }));
      const { client, close } = await connectClient(transport, { elicit }, { mode: "auto" });
      onTestFinished(close);
      return async (args: object, requestState?: unknown, action = "accept"): Promise<any> => {
        const retried = requestState === undefined ? {} : { requestState, inputResponses: { approval: { action } } };
        const params = { name: "withdraw", arguments: args, ...retried };
        return client.request({ method: "tools/call", params } as never, { allowInputRequired: true } as never);
      };
    };
    return { bank, alice: await clientOf("alice"), mallory: await clientOf("mallory") };
  }

  it("T4, T5: finds its request, and is good for its arguments and once", async () => {
    const { bank, alice } = await attack();
    const required = await alice(PAYMENT);
    const { requestState: state, inputRequests } = required;
    expect(inputRequests.approval).toMatchObject({ method: "elicitation/create", params: { mode: "url" } });
    expect(textOf(await alice(PAYMENT, state))).toContain("must approve");
    expect(textOf(await alice({ ...PAYMENT, amount: "99.00" }, state))).toContain("arguments differ");
    expect(await bank.approve(numberIn(inputRequests.approval.params.message))).toBe(true);
    expect(textOf(await alice({ ...PAYMENT, amount: "99.00" }, state))).toContain("arguments differ");
    const results = await Promise.all(Array.from({ length: 20 }, () => alice(PAYMENT, state)));
    expect(results.filter((result) => textOf(result) === "sent 10.00")).toHaveLength(1);
    expect(textOf(await alice(PAYMENT, state))).toContain("used already");
    expect(bank.paid).toEqual(["alice 10.00 DE02120300000000202051"]);
  });

  it("T1, T55: is no proof where it is forged, foreign, or something else that is a proof", async () => {
    const { bank, alice, mallory } = await attack();
    const { requestState: state, inputRequests } = await alice(PAYMENT);
    expect(await bank.approve(numberIn(inputRequests.approval.params.message))).toBe(true);
    const [, result] = bank.secrets();
    const { requestState: foreign } = await mallory(PAYMENT);
    const other = state.replace(/.$/, (last: string) => (last === "A" ? "B" : "A"));
    for (const forged of [other, "", "x".repeat(5_000), "ALLOW", result, foreign, `${state} `]) {
      expect(textOf(await alice(PAYMENT, forged))).toContain("not valid");
    }
    expect(textOf(await mallory(PAYMENT, state))).toContain("not valid");
    expect(await mallory(PAYMENT, state, "decline")).toMatchObject({ isError: true });
    expect(bank.paid).toEqual([]);
    // None of it has used the approval up.
    expect(textOf(await alice(PAYMENT, state))).toBe("sent 10.00");
  });

  it("ends the request with a decline, of its own user", async () => {
    const { bank, alice, mallory } = await attack();
    const { requestState: state } = await alice(PAYMENT);
    await mallory(PAYMENT, state, "decline");
    expect(await bank.inbox.open("alice")).toHaveLength(1);
    expect(textOf(await alice(PAYMENT, state, "decline"))).toContain("declined");
    expect(await bank.inbox.open("alice")).toEqual([]);
    expect(textOf(await alice(PAYMENT, state))).toContain("declined");
  });

  it("T55: approves nothing by itself, when the user has completed the challenge elsewhere", async () => {
    const { bank, alice } = await attack();
    const { requestState: state } = await alice(PAYMENT);
    bank.provider.completeChallenge(state, { verificationMethod: "PASSKEY" });
    expect(textOf(await alice(PAYMENT, state))).toContain("not valid");
    expect(bank.paid).toEqual([]);
  });
});
