import { Elysia, t } from "elysia";
import { describe, expect, it } from "vitest";
import { createRequireAction } from "../src/elysia.ts";
import { createTestGuard, JSON_HEADERS, post } from "./app.ts";

describe("an Elysia route", () => {
  it("binds what the schema has made of the body, by which its handler acts", async () => {
    const { provider, options } = createTestGuard();
    const { guarded } = createRequireAction(options);
    const app = new Elysia()
      .derive(() => ({ user: { id: "alice" } }))
      .post("/withdrawals", guarded("withdraw-funds", {}, (_approved, { body }) => Response.json(body)) as never, {
        body: t.Object({ amount: t.String() }),
      });
    const send = (body: string, headers = {}) => app.handle(post(body, { ...JSON_HEADERS, ...headers }));
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await send('{"amount":"1"}')).json()) as { token: string };
    const headers = { "action-token": provider.completeChallenge(token) };
    expect((await send('{"amount":"2"}', headers)).status).toBe(403);
    expect(await (await send('{"amount":"1"}', headers)).json()).toEqual({ amount: "1" });
    expect((await send('{"amount":1}', headers)).status).toBe(422);
  });

  it("T4: binds the bytes of a type that Elysia hands on as such", async () => {
    const { provider, options } = createTestGuard();
    const { guarded } = createRequireAction(options);
    const app = new Elysia()
      .derive(() => ({ user: { id: "alice" } }))
      .post("/withdrawals", guarded("withdraw-funds", {}, () => new Response("done")) as never);
    const sent = { "content-type": "application/octet-stream" };
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = (await (await app.handle(post("one", sent))).json()) as { token: string };
    const headers = { ...sent, "action-token": provider.completeChallenge(token) };
    expect((await app.handle(post("two", headers))).status).toBe(403);
    expect(await (await app.handle(post("one", headers))).text()).toBe("done");
  });

  it("refuses everybody where nothing has said who is signed in", async () => {
    const { provider, options } = createTestGuard();
    const { guarded } = createRequireAction(options);
    const app = new Elysia().post("/withdrawals", guarded("withdraw-funds", {}, () => new Response()) as never);
    expect((await app.handle(post('{"user":{"id":"alice"}}', JSON_HEADERS))).status).toBe(401);
    expect(provider.calls).toEqual([]);
  });
});
