import { inspect } from "node:util";
import { ConfigurationError, createGuard, createMemoryLedger } from "@require-action/core";
import { guardDescription } from "@require-action/core/adapter";
import { Agent, type buildConnector, interceptors } from "undici";
import { describe, expect, it } from "vitest";
import { authsignal, type AuthsignalOptions } from "../src/index.ts";
import { patient, rejection, trackAnswer, withdraw } from "./calls.ts";
import { createFaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

const secret = "canary-secret";
const client = { track: async () => ({}), validateChallenge: async () => ({}), getAction: async () => ({}) };

function refusal(options: unknown): unknown {
  try {
    authsignal(options as AuthsignalOptions);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("an option is refused by name, without being shown", () => {
  const refused: readonly (readonly [option: string, options: unknown])[] = [
    ["apiSecretKey", undefined],
    ["options", null],
    ["apiSecretKey", {}],
    ["apiSecretKey", { apiSecretKey: "" }],
    ["apiSecretKey", { apiSecretKey: undefined }],
    ["apiSecretKey", { apiSecretKey: 1 }],
    ["apiSecretKey", { apiSecretKey: `${secret}\n` }],
    ["apiSecretKey", { apiSecretKey: `${secret}:x` }],
    ["apiSecretKey", { apiSecretKey: `${secret} ` }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "api.authsignal.com" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: 1 }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "http://api.authsignal.com/v1" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "http://127.0.0.1.evil.example/v1" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "http://localhost.evil.example/v1" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "ftp://localhost/v1" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: `https://${secret}@api.authsignal.com` }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "https://api.authsignal.com/v1?x=1" }],
    ["apiUrl", { apiSecretKey: secret, apiUrl: "https://api.authsignal.com/v1#" }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "http://require-action:4100/v1", plainHttpHost: "" }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "http://require-action:4100/v1", plainHttpHost: true }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "http://require-action:4100", plainHttpHost: "action" }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "http://a:4100/v1", plainHttpHost: "a:4100" }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "http://localhost:4100", plainHttpHost: "localhost" }],
    ["plainHttpHost", { apiSecretKey: secret, apiUrl: "https://sidecar/v1", plainHttpHost: "sidecar" }],
    ["plainHttpHost", { apiSecretKey: secret, plainHttpHost: "api.authsignal.com" }],
    [
      "plainHttpHost",
      { apiSecretKey: secret, apiUrl: "http://api.authsignal.com/v1", plainHttpHost: "api.authsignal.com" },
    ],
    ["dispatcher", { apiSecretKey: secret, dispatcher: {} }],
    ["clock", { apiSecretKey: secret, clock: {} }],
    ["apiURL", { apiSecretKey: secret, apiURL: "https://eu.api.authsignal.com" }],
    ["apiSecretKey", { apiSecretKey: secret, client }],
    ["client", { client: undefined }],
    ["client", { client: {} }],
    ["client", { client: { ...client, getAction: undefined } }],
    ["retries", { client, retries: 3 }],
  ];
  for (const [option, options] of refused) {
    it(`${option} in ${inspect(options, { depth: 1, breakLength: Infinity })}`, () => {
      const error = refusal(options);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ option });
      expect(inspect(error, { depth: null })).not.toContain(secret);
    });
  }
});

for (const apiUrl of [
  "https://eu.api.authsignal.com/v1",
  "http://localhost:4100",
  "http://127.0.0.2:1/v1/",
  "http://[::1]:4100/v1",
]) {
  it(`the apiUrl ${apiUrl} is accepted`, () => {
    expect(authsignal({ apiSecretKey: secret, apiUrl }).name).toBe("authsignal");
  });
}

describe("a service in a container beside this one", () => {
  it.each([
    ["a service's name", "http://require-action:4100/v1", "require-action"],
    ["a cluster's name", "http://require-action.auth.svc.cluster.local/v1", "require-action.auth.svc.cluster.local"],
    ["an address", "http://10.0.3.7:4100/v1", "10.0.3.7"],
    ["an IPv6 address", "http://[fd00::7]:4100/v1", "[fd00::7]"],
  ])("C4: is called by plain http under %s that an option names", async (_what, apiUrl, plainHttpHost) => {
    const server = await createFaultyServer();
    server.use(faults.json(trackAnswer));
    // The name leads to this machine, as a network's own name server would have it.
    const dispatcher = new Agent().compose(
      (dispatch) => (options, handler) => dispatch({ ...options, origin: server.origin }, handler),
    );
    const provider = authsignal({ apiSecretKey: secret, apiUrl, plainHttpHost, dispatcher });
    expect((await provider.track(withdraw, patient())).state).toBe("ALLOW");
    expect(provider.plainHttpHost).toBe(plainHttpHost);
    await dispatcher.close();
    await server.close();
  });

  it("C4: is refused without the option, by a message that names it", () => {
    const error = refusal({ apiSecretKey: secret, apiUrl: "http://require-action:4100/v1" });
    expect(error).toMatchObject({ option: "apiUrl", message: expect.stringContaining("plainHttpHost") });
  });

  it("C4: is in the description of each guard that asks it", () => {
    const apiUrl = "http://require-action:4100/v1";
    const provider = authsignal({ apiSecretKey: secret, apiUrl, plainHttpHost: "require-action" });
    const guard = createGuard<object>({
      provider,
      ledger: createMemoryLedger(),
      sealSecrets: ["0123456789abcdef0123456789abcdef"],
      user: () => "alice",
    });
    expect(guardDescription(guard.protect("pay"))?.plainHttpHosts).toEqual(["require-action"]);
  });
});

describe("a dispatcher of the application's own", () => {
  it("sends the calls, and its interceptors cannot make them follow a redirect", async () => {
    const server = await createFaultyServer();
    const agent = new Agent();
    const provider = authsignal({
      apiSecretKey: secret,
      apiUrl: server.origin,
      dispatcher: agent.compose(interceptors.redirect({ maxRedirections: 3 })),
    });
    server.use(faults.json(trackAnswer));
    expect((await provider.track(withdraw, patient())).state).toBe("ALLOW");
    server.useNext(faults.redirect(307, `${server.origin}/elsewhere`));
    expect(await rejection(provider.track(withdraw, patient()))).toMatchObject({ code: "provider_unavailable" });
    expect(server.requests).toHaveLength(2);
    await agent.close();
    await server.close();
  });

  it("F1: that never connects fails within the deadline and a margin", async () => {
    const dispatcher = new Agent({ connect: () => {} });
    const provider = authsignal({ apiSecretKey: secret, apiUrl: "https://api.authsignal.com/v1", dispatcher });
    const start = performance.now();
    const error = await rejection(provider.track(withdraw, { signal: AbortSignal.timeout(100) }));
    expect(error).toMatchObject({ message: expect.stringContaining("aborted") });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it.each([
    { blockedMs: 150, idleMs: 0, code: "provider_busy" },
    { blockedMs: 0, idleMs: 150, code: "provider_unavailable" },
  ])(
    "T54: whose own time limit passes with the process at work for $blockedMs ms is $code",
    async ({ blockedMs, idleMs, code }) => {
      const timeout = Object.assign(new Error("timed out"), { code: "UND_ERR_CONNECT_TIMEOUT" });
      const connect: buildConnector.connector = (_options, done) => {
        const end = performance.now() + blockedMs;
        while (performance.now() < end);
        setTimeout(() => done(timeout, null), idleMs);
      };
      const provider = authsignal({
        apiSecretKey: secret,
        apiUrl: "https://api.example/v1",
        dispatcher: new Agent({ connect }),
      });
      expect(await rejection(provider.track(withdraw, patient()))).toMatchObject({ code });
    },
  );

  it("that is closed is a provider error", async () => {
    const dispatcher = new Agent();
    await dispatcher.close();
    const provider = authsignal({ apiSecretKey: secret, apiUrl: "https://api.authsignal.com/v1", dispatcher });
    expect(await rejection(provider.track(withdraw, patient()))).toMatchObject({ code: "provider_unavailable" });
  });
});
