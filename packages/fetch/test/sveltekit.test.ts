import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { createRequireAction, type SvelteKitEvent } from "../src/sveltekit.ts";
import { createTestGuard, post } from "./app.ts";

class Connection extends EventEmitter {
  destroyed = false;

  close(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function createRoute() {
  const { provider, options } = createTestGuard();
  const { guarded } = createRequireAction(options);
  let runs = 0;
  const handler = guarded("withdraw-funds", { bind: "none" }, () => Response.json({ runs: ++runs }));
  const eventOf = (connection: Connection, headers = {}): SvelteKitEvent => ({
    request: post(undefined, headers),
    locals: { user: { id: "alice" } },
    platform: { req: { socket: connection } },
    getClientAddress: () => "192.0.2.7",
  });
  return { provider, handler, eventOf };
}

describe("a route of SvelteKit on Node", () => {
  it("F21: uses no approval for a client whose connection has closed meanwhile, which may come again", async () => {
    const { provider, handler, eventOf } = createRoute();
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await handler(eventOf(new Connection()))).json()) as { token: string };
    const headers = { "action-token": provider.completeChallenge(token) };
    const connection = new Connection();
    const leaving = handler(eventOf(connection, headers));
    connection.close();
    expect((await leaving).status).toBe(499);
    expect(await (await handler(eventOf(new Connection(), headers))).json()).toEqual({ runs: 1 });
  });

  it("leaves nothing behind on a connection that is kept alive, whatever becomes of its requests", async () => {
    const { provider, handler, eventOf } = createRoute();
    const connection = new Connection();
    await handler(eventOf(connection));
    provider.answerNext("BLOCK");
    await handler(eventOf(connection));
    const nowhere = (): never => {
      throw new Error("the address header is absent");
    };
    await expect(handler({ ...eventOf(connection), getClientAddress: nowhere })).rejects.toThrow("absent");
    expect(connection.listenerCount("close")).toBe(0);
  });
});
