import { request as sendRequest } from "node:http";
import { basic } from "@require-action-test/support/send";
import { serve } from "@require-action-test/support/serve";
import { expect, it } from "vitest";
import { createHarness, remote } from "../../../engine/test/harness.ts";
import { createServer, type FetchHandler, toNodeHandler } from "../../src/index.ts";

const apiSecret = "a-server-api-secret";
const authorization = basic(apiSecret);
const json = { authorization, "content-type": "application/json" };
const track = "/v1/users/alice/actions/withdraw-funds";

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const requests: readonly (readonly [what: string, target: string, sent: Sent])[] = [
  ["a decision", track, { method: "POST", headers: json, body: "{}" }],
  ["a decision without a body", track, { method: "POST", headers: json }],
  [
    "an id with a bare percent sign",
    "/v1/users/100%/actions/withdraw-funds",
    { method: "POST", headers: json, body: "{}" },
  ],
  ["an id that is escaped", "/v1/users/a%2Fb", { headers: { authorization } }],
  ["an id with a broken escape", "/v1/users/%zz", { headers: { authorization } }],
  ["a query", "/v1/users/alice?x=1'2", { headers: { authorization } }],
  ["a target in absolute form", "http://elsewhere.example/v1/users/alice", { headers: { authorization } }],
  ["dot segments", "/v1/../v1/users/alice", { headers: { authorization } }],
  ["no credentials", "/v1/users/alice", {}],
  ["another type", track, { method: "POST", headers: { authorization, "content-type": "text/plain" }, body: "{}" }],
  ["a body that is not JSON", track, { method: "POST", headers: json, body: "{" }],
  ["a body that is too large", track, { method: "POST", headers: json, body: " ".repeat(70_000) }],
  ["a method that is not there", "/v1/users/alice", { method: "PUT", headers: json, body: "{}" }],
  ["HEAD", "/v1/users/alice", { method: "HEAD", headers: { authorization } }],
  ["the Client API", "/v1/client/user-authenticators", {}],
  ["a file of the page", "/challenge", {}],
  ["nothing", "/nothing", {}],
];

const site = (): FetchHandler => {
  const { engine } = createHarness();
  return createServer(engine, { apiSecrets: [apiSecret], tenantId: "bank" });
};

it.each(requests)(
  "answers %s alike, whether a request of the fetch API is made of it or not",
  async (_what, target, sent) => {
    const direct = await serve(toNodeHandler(site()), "127.0.0.1");
    const inner = site();
    const wrapped = await serve(
      toNodeHandler((request, environment) => inner(request, environment)),
      "127.0.0.1",
    );
    const [one, other] = await Promise.all([direct, wrapped].map(({ origin }) => answerOf(origin, target, sent)));
    expect(one).toEqual(other);
    await Promise.all([direct.close(), wrapped.close()]);
  },
);

// A warning of Node, of too many listeners, would fail the test.
it("lets many calls wait at once for a store that is far away", async () => {
  const { engine } = createHarness({ store: remote(remote(remote())) });
  const { origin, close } = await serve(
    toNodeHandler(createServer(engine, { apiSecrets: [apiSecret], tenantId: "bank" })),
    "127.0.0.1",
  );
  const calls = Array.from({ length: 60 }, () =>
    answerOf(origin, track, { method: "POST", headers: json, body: "{}" }),
  );
  for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 200 });
  await close();
});

/** The answer to a request whose target is sent as it is written. */
function answerOf(origin: string, target: string, { body, ...sent }: Sent): Promise<object> {
  return new Promise((resolve, reject) => {
    sendRequest(origin, { ...sent, path: target, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const { date: _date, ...headers } = response.headers;
        resolve({
          status: response.statusCode,
          headers: withoutIds(JSON.stringify(headers, Object.keys(headers).toSorted())),
          text: withoutIds(text),
        });
      });
    })
      .on("error", reject)
      .end(body);
  });
}

/** Two servers mint ids, tokens and nonces of their own. */
function withoutIds(text: string): string {
  return text.replaceAll(/[\w-]{20,}(?:\.[\w-]+)*/g, "…");
}
