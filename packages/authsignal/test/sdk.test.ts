import { allowWarnings } from "@require-action-test/support/warnings";
import { Authsignal } from "@authsignal/node";
import { ProviderError } from "@require-action/core/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authsignal } from "../src/index.ts";
import { address, calls, patient, rejection, result, trackAnswer, withdraw } from "./calls.ts";
import { SECRET } from "./stand-in.ts";
import { createFaultyServer, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

allowWarnings("RA_SDK_TRANSPORT");

let server: FaultyServer;
beforeAll(async () => {
  server = await createFaultyServer();
});
afterAll(() => server.close());

const provider = () =>
  authsignal({ client: new Authsignal({ apiSecretKey: SECRET, apiUrl: server.origin, retries: 0 }) });

describe("over an SDK instance", () => {
  it("T12: what the SDK passes on unread is not believed", async () => {
    for (const body of [
      "<html>ALLOW</html>",
      "",
      '"ALLOW"',
      "null",
      "[]",
      "{}",
      '{"state":"ALLO',
      '{"isValid":"true"}',
    ]) {
      server.use(faults.raw(body));
      for (const [name, call] of calls) {
        expect(await rejection(call(provider(), patient())), `${name}: ${body}`).toBeInstanceOf(ProviderError);
      }
    }
  });

  it("F2: the signal gives up a call that the SDK would wait for without end", async () => {
    server.use(faults.silent());
    for (const [, call] of calls) {
      const start = performance.now();
      const error = await rejection(call(provider(), { signal: AbortSignal.timeout(100) }));
      expect(error).toMatchObject({ code: "provider_unavailable", message: expect.stringContaining("aborted") });
      expect(performance.now() - start).toBeLessThan(5_000);
    }
  });

  it("T32: an id that the SDK would put into the path as another is refused before any request", async () => {
    server.use(faults.json(trackAnswer));
    const sent = server.requests.length;
    for (const userId of ["a/../../users/victim", "a?x", "a#b", "a%2Fb", "a b", "é", "..", "."]) {
      expect(await rejection(provider().track({ ...withdraw, userId }, patient()))).toMatchObject({
        code: "user_id_invalid",
      });
      expect(await rejection(provider().getAction({ ...address, userId }, patient()))).toMatchObject({
        code: "user_id_invalid",
      });
    }
    const key = { ...address, idempotencyKey: "../../../victim/actions/login/k" };
    expect(await rejection(provider().getAction(key, patient()))).toMatchObject({ code: "action_token_invalid" });
    expect(server.requests).toHaveLength(sent);
  });

  it("an e-mail address is an id that the SDK can take", async () => {
    server.use(faults.json(trackAnswer));
    await provider().track({ ...withdraw, userId: "al.ice+x@example.com" }, patient());
    expect(server.requests.at(-1)?.target).toBe("/users/al.ice+x@example.com/actions/withdraw-funds");
  });

  it("an error answer is told by its status, and a 404 of Authsignal's is an unknown action", async () => {
    server.use(faults.json({ error: "unauthorized" }, { status: 401 }));
    expect(await rejection(provider().validateChallenge(result, patient()))).toMatchObject({
      message: expect.stringContaining("401 (unauthorized)"),
    });
    server.use(faults.json({ error: "invalid_request" }, { status: 404 }));
    expect(await provider().getAction(address, patient())).toBeUndefined();
    server.use(faults.raw("<html>", { status: 404, headers: { "content-type": "text/html" } }));
    expect(await rejection(provider().getAction(address, patient()))).toBeInstanceOf(ProviderError);
  });

  it("T50: a 403 of a firewall's is no outage", async () => {
    server.use(faults.json({ error: "unauthorized" }, { status: 403 }));
    expect(await rejection(provider().validateChallenge(result, patient()))).toMatchObject({
      code: "provider_unavailable",
    });
    server.use(faults.raw("<html>", { status: 403, headers: { "content-type": "text/html" } }));
    expect(await rejection(provider().validateChallenge(result, patient()))).toMatchObject({
      code: "provider_refused",
    });
  });

  it("an instance that throws at once, or something that is no error, is a provider error", async () => {
    const throws = (): never => {
      throw SECRET as unknown as Error;
    };
    const broken = authsignal({ client: { track: throws, validateChallenge: throws, getAction: throws } });
    for (const [, call] of calls) expect(await rejection(call(broken, patient()))).toBeInstanceOf(ProviderError);
  });
});
