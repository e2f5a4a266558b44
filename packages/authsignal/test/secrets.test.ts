import { inspect } from "node:util";
import { allowWarnings } from "@require-action-test/support/warnings";
import { Authsignal } from "@authsignal/node";
import { RequireActionError } from "@require-action/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authsignal, type AuthsignalProvider } from "../src/index.ts";
import { calls, rejection, result, trackAnswer } from "./calls.ts";
import { SECRET } from "./stand-in.ts";
import { createFaultyServer, type Fault, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

allowWarnings("RA_SDK_TRANSPORT");

const basic = Buffer.from(`${SECRET}:`).toString("base64");
const canaries = [SECRET, basic, encodeURIComponent(SECRET), result.token];

/** Everything of a value that a log, a reporter or a debugger may show. */
function shown(value: unknown): string {
  const texts = [
    inspect(value, { depth: null, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
  ];
  if (value instanceof Error) texts.push(value.stack ?? "", inspect(value.cause, { depth: null }));
  return texts.join("\n");
}

function expectNoSecret(value: unknown): void {
  const text = shown(value);
  for (const canary of canaries) expect(text).not.toContain(canary);
}

/** Faults that send back what they received, as debug pages and careless gateways do. */
const faulty: readonly (readonly [string, Fault])[] = [
  [
    "an error that repeats the request",
    (response, { headers, body }) =>
      faults.json({ error: headers.authorization, errorCode: SECRET, errorDescription: body }, { status: 401 })(
        response,
        {
          method: "",
          target: "",
          headers,
          body,
        },
      ),
  ],
  ["a page that repeats the request", faults.raw(`<html>${SECRET} ${result.token}</html>`, { status: 502 })],
  ["headers that repeat the request", faults.raw("{}", { status: 429, headers: { "retry-after": SECRET } })],
  [
    "a redirect that repeats the request",
    faults.redirect(302, `http://127.0.0.1:1/?key=${encodeURIComponent(SECRET)}`),
  ],
  ["an answer that repeats the request", faults.json({ [SECRET]: result.token, state: SECRET, isValid: result.token })],
  ["JSON that does not parse", faults.raw(`{"state":"${SECRET}`)],
  ["a reset", faults.reset()],
  ["silence", faults.silent()],
  ["an endless body", faults.endlessBody()],
  ["bytes that are not HTTP", faults.garbage()],
];

let server: FaultyServer;
beforeAll(async () => {
  server = await createFaultyServer();
});
afterAll(() => server.close());

const providers: readonly (readonly [string, (apiUrl: string) => AuthsignalProvider])[] = [
  ["the Server API", (apiUrl) => authsignal({ apiSecretKey: SECRET, apiUrl })],
  [
    "the official SDK",
    (apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: SECRET, apiUrl, retries: 0 }) }),
  ],
];

for (const [api, create] of providers) {
  describe(`T33: over ${api}, the secret and the token show`, () => {
    for (const [fault, answer] of faulty) {
      it(`in no error of ${fault}`, async () => {
        server.use(answer);
        for (const [, call] of calls) {
          const error = await rejection(call(create(server.origin), { signal: AbortSignal.timeout(100) }));
          expect(error).toBeInstanceOf(RequireActionError);
          expect((error as Error).cause).toBeUndefined();
          expectNoSecret(error);
        }
      });
    }

    it("in no error of a connection that is refused", async () => {
      const gone = await createFaultyServer();
      await gone.close();
      for (const [, call] of calls) {
        expectNoSecret(await rejection(call(create(gone.origin), { signal: AbortSignal.timeout(1_000) })));
      }
    });

    it("in no error of a call that is aborted with a reason that holds them", async () => {
      const signal = AbortSignal.abort(new Error(SECRET));
      for (const [, call] of calls) expectNoSecret(await rejection(call(create(server.origin), { signal })));
    });

    it("nowhere in the provider, before or after a call", async () => {
      const provider = create(server.origin);
      expectNoSecret(provider);
      server.use(faults.json({ ...trackAnswer, isValid: false }));
      for (const [, call] of calls) await call(provider, { signal: AbortSignal.timeout(1_000) });
      expectNoSecret(provider);
    });
  });
}
