import { Authsignal } from "@authsignal/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiSecret, basic, createHarness, type Harness, refusal } from "./harness.ts";

const next = "the-next-api-secret!";
let harness: Harness;
beforeEach(async () => {
  harness = await createHarness({ server: { apiSecrets: [next, apiSecret] } });
});
afterEach(() => harness.close());

const status = async (authorization: string): Promise<number> =>
  (await harness.call("GET", "/users/alice", undefined, { authorization })).status;

describe("the secret of the Server API", () => {
  it("is any of those that are accepted, so that it rotates", async () => {
    expect([await status(basic(next)), await status(basic(apiSecret))]).toEqual([200, 200]);
  });

  it("is the user name, whole, and there is no password", async () => {
    const encode = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    const almost = [
      basic(""),
      basic(apiSecret.slice(0, -1)),
      basic(`${apiSecret}x`),
      basic(apiSecret.toUpperCase()),
      encode(apiSecret),
      encode(`${apiSecret}:password`),
      encode(`:${apiSecret}`),
      encode(`${apiSecret}:${apiSecret}:`),
    ];
    for (const authorization of almost) expect(await status(authorization)).toBe(401);
  });

  it("stands behind one space or several", async () => {
    expect(await status(basic(apiSecret).replace(" ", "   "))).toBe(200);
  });

  it("T42: is given once", async () => {
    for (const authorization of [`${basic(apiSecret)}, ${basic(apiSecret)}`, `${basic(apiSecret)} x`, "Basic", "?"]) {
      expect(await status(authorization)).toBe(401);
    }
  });

  it("makes the official SDK say unauthorized when it is wrong", async () => {
    const sdk = new Authsignal({ apiSecretKey: "wrong-api-secret!", apiUrl: `${harness.origin}/v1`, retries: 0 });
    expect(await refusal(sdk.getUser({ userId: "alice" }))).toMatchObject({ status: 401, code: "unauthorized" });
  });

  it("T3: opens nothing of the Client API, nor does a client's credential open the Server API", async () => {
    const client = `${harness.origin}/v1/client/user-authenticators`;
    const response = await fetch(client, { headers: { authorization: basic(apiSecret) } });
    expect(response.status).toBe(401);
    expect(await status(basic("bank"))).toBe(401);
  });

  it("T33: is in no answer and no event", async () => {
    const answers = [
      await harness.call("GET", "/users/alice"),
      await harness.call("POST", "/users/alice/actions/sign-in", { email: 7 }),
      await harness.call("POST", "/nothing"),
    ];
    const seen = JSON.stringify([answers.map(({ text, headers }) => [text, [...headers]]), harness.events]);
    expect(seen).not.toContain(apiSecret);
    expect(seen).not.toContain(Buffer.from(`${apiSecret}:`).toString("base64"));
  });
});
