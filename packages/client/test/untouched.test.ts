import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ActionFetch, createActionFetch } from "../src/index.ts";

let answer: Response;
let actionFetch: ActionFetch;
let shown: number;

beforeEach(() => {
  shown = 0;
  actionFetch = createActionFetch({
    present: async () => void (shown += 1),
    fetch: async () => answer,
  });
});
afterEach(() => expect(shown).toBe(0));

const challenge = { code: "challenge_required", action: "pay", idempotencyKey: "key" };
const problem = "application/problem+json";

const others: readonly [name: string, body: string | null, status: number, type?: string][] = [
  ["plain JSON", "{}", 200, "application/json"],
  ["a 202 of the application's own", '{"code":"queued"}', 202, "application/json"],
  ["an accepted job whose code is null", '{"code":null}', 202, "application/json"],
  ["a 202 that is a JSON null", "null", 202, "application/json"],
  ["a block", JSON.stringify({ ...challenge, code: "action_blocked" }), 403, problem],
  ["a used token", JSON.stringify({ ...challenge, code: "action_token_used" }), 409, problem],
  ["a challenge that is no problem", JSON.stringify(challenge), 403, "application/json"],
  ["a challenge without type", JSON.stringify(challenge), 403],
  ["a challenge without key", JSON.stringify({ ...challenge, idempotencyKey: undefined }), 403, problem],
  ["a challenge whose action is no text", JSON.stringify({ ...challenge, action: ["pay"] }), 403, problem],
  ["a challenge whose token is no text", JSON.stringify({ ...challenge, token: 1 }), 403, problem],
  ["an inherited code", '{"__proto__":{"code":"challenge_required"}}', 403, problem],
  ["a problem that is a list", JSON.stringify([challenge]), 403, problem],
  ["a problem that is no JSON", "<html>", 403, problem],
  ["a review that is a problem", JSON.stringify({ ...challenge, code: "review_required" }), 403, problem],
  ["a challenge that is no problem but accepted", JSON.stringify(challenge), 202, "application/json"],
  ["no content", null, 204],
];

describe("every other response comes back untouched and unread", () => {
  for (const [name, body, status, type] of others) {
    it(name, async () => {
      answer = new Response(body, { status, headers: type === undefined ? {} : { "content-type": type } });
      const response = await actionFetch("http://app.example/", { method: "POST" });
      expect(response).toBe(answer);
      expect(response.bodyUsed).toBe(false);
      expect(await response.text()).toBe(body ?? "");
      expect(response.review).toBeUndefined();
    });
  }

  it("without looking into bodies of other types", async () => {
    answer = new Response("{}", { status: 403, headers: { "content-type": "application/json" } });
    answer.clone = () => {
      throw new Error("looked");
    };
    expect(await actionFetch("http://app.example/")).toBe(answer);
  });

  it("with the error of a body that breaks off left to the reader", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("broken")) });
    answer = new Response(broken, { status: 403, headers: { "content-type": problem } });
    const response = await actionFetch("http://app.example/");
    await expect(response.text()).rejects.toThrow("broken");
  });
});
