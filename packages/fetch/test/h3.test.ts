import { createApp, createRouter, defineEventHandler, type H3Event, readBody, toPlainHandler } from "h3v1";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/h3.ts";
import { createTestGuard, JSON_HEADERS, type TestGuard } from "./app.ts";

type Send = (
  body: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly body: any }>;

/** An application of h3 1 as Nitro calls it off Node: with a plain object in place of a request. */
function plainApp(
  options: { bind?: (event: H3Event) => Promise<{ amount: string }> } = {},
  before: (event: H3Event) => unknown = () => {},
): TestGuard & { readonly send: Send } {
  const guard = createTestGuard();
  const { guarded } = createRequireAction<H3Event>(guard.options);
  const app = createApp({ onError: () => {} });
  app.use(
    defineEventHandler(async (event) => {
      event.context["user"] = { id: "alice" };
      await before(event);
    }),
  );
  const withdraw = guarded("withdraw-funds", options, async (_approved, event) => Response.json(await readBody(event)));
  app.use(createRouter().post("/withdrawals", defineEventHandler(withdraw)));
  const answer = toPlainHandler(app);
  const send: Send = async (body, headers = {}) => {
    const request = { method: "POST", path: "/withdrawals", headers: { ...JSON_HEADERS, ...headers } };
    const { status, body: answered } = await answer({ ...request, body: body as never });
    return { status, body: JSON.parse(await new Response(answered as BodyInit).text()) };
  };
  return { ...guard, send };
}

const bytes = (amount: string): Uint8Array => new TextEncoder().encode(JSON.stringify({ amount }));

/** How platforms hand over a body. */
const forms: Readonly<Record<string, (amount: string) => unknown>> = {
  text: (amount) => JSON.stringify({ amount }),
  bytes,
  "an array buffer": (amount) => bytes(amount).buffer,
  "a stream": (amount) => new Blob([bytes(amount) as BlobPart]).stream(),
  "parsed JSON": (amount) => ({ amount }),
};

describe("a route of h3 1 off Node", () => {
  it.each(Object.entries(forms))("T4, T5: runs once what was approved, where its body is %s", async (_form, sent) => {
    for (const options of [{}, { bind: async (event: H3Event) => readBody<{ amount: string }>(event) }]) {
      const { provider, send } = plainApp(options);
      provider.answerNext("CHALLENGE_REQUIRED");
      const { body: asked } = await send(sent("1.00"));
      const headers = { "action-token": provider.completeChallenge(asked.token) };
      expect(await send(sent("2.00"), headers)).toMatchObject({ body: { code: "action_parameters_changed" } });
      expect(await send(sent("1.00"), headers)).toEqual({ status: 200, body: { amount: "1.00" } });
      expect(await send(sent("1.00"), headers)).toMatchObject({ status: 409 });
    }
  });

  it("binds what h3 has made of a stream that it has read before the guard, which its handler sees", async () => {
    const { provider, send } = plainApp({}, readBody);
    const streamed = forms["a stream"]!;
    provider.answerNext("CHALLENGE_REQUIRED");
    const { body: asked } = await send(streamed("1.00"));
    const headers = { "action-token": provider.completeChallenge(asked.token) };
    expect(await send(streamed("2.00"), headers)).toMatchObject({ body: { code: "action_parameters_changed" } });
    expect(await send(streamed("1.00"), headers)).toEqual({ status: 200, body: { amount: "1.00" } });
  });

  it("T4: binds what h3 hands on where a platform has left an empty text beside what it has parsed", async () => {
    const { provider, send } = plainApp(
      {},
      ({ node }) => void Object.assign(node.req, { rawBody: "", body: { ...parsed } }),
    );
    const parsed = { amount: "1.00" };
    provider.answerNext("CHALLENGE_REQUIRED");
    const { body: asked } = await send(undefined);
    const headers = { "action-token": provider.completeChallenge(asked.token) };
    parsed.amount = "2.00";
    expect(await send(undefined, headers)).toMatchObject({ body: { code: "action_parameters_changed" } });
    parsed.amount = "1.00";
    expect(await send(undefined, headers)).toEqual({ status: 200, body: { amount: "1.00" } });
  });

  it("takes no body for none, and refuses a stream that was read past h3", async () => {
    const { provider, send } = plainApp();
    provider.answerNext("BLOCK");
    expect(await send(undefined)).toMatchObject({ status: 403, body: { code: "action_blocked" } });
    // h3 prints what it answers.
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => printed.mockRestore());
    const { send: sendRead } = plainApp({}, ({ _requestBody }) => new Response(_requestBody as ReadableStream).text());
    expect(await sendRead(forms["a stream"]!("1.00"))).toMatchObject({ status: 500 });
  });
});
