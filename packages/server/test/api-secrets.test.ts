import { requestTarget } from "@require-action-test/support/raw-request";
import { createManualClock } from "@require-action/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { Incoming } from "../src/http/incoming.ts";
import { createApiSecrets } from "../src/secrets/api-secrets.ts";
import type { ServerEvent } from "../src/index.ts";
import { apiSecret, basic, createHarness, type Harness } from "./harness.ts";

const minute = 60_000;
let harness: Harness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

/** What the secrets read of a request. */
const caller = (authorization: string | undefined, remoteAddress?: string) => ({
  header: (name: string) => (name === "authorization" ? authorization : undefined),
  incoming: remoteAddress === undefined ? undefined : ({ socket: { remoteAddress } } as Incoming),
});

describe("wrong API secrets", () => {
  it("T61: are answered 429 after fifty from one address, while the right one passes", async () => {
    const events: ServerEvent[] = [];
    harness = await createHarness({ server: { onEvent: (event) => void events.push(event) } });
    const { call, clock } = harness;
    const status = async (authorization: string) =>
      (await call("GET", "/users/alice", undefined, { authorization })).status;
    for (let wrong = 1; wrong <= 50; wrong++) expect(await status(basic(`wrong-api-secret-${wrong}`))).toBe(401);
    const limited = await call("GET", "/users/alice", undefined, { authorization: basic("wrong-api-secret") });
    expect([limited.status, limited.json.errorCode]).toEqual([429, "too_many_requests"]);
    expect(limited.headers.get("retry-after")).toBe("300");
    expect(await status(basic(apiSecret))).toBe(200);
    expect(events).toHaveLength(51);
    expect(events.at(-1)).toEqual({
      type: "api_secret.refused",
      at: clock.now(),
      address: "127.0.0.1",
      wrong: 51,
      limited: true,
    });
    expect(JSON.stringify(events)).not.toContain("wrong-api-secret");
    clock.advance(5 * minute);
    expect(await status(basic("wrong-api-secret"))).toBe(401);
  });

  it("T61: are counted by address, an IPv6 network as one, and not where none was given", () => {
    const events: ServerEvent[] = [];
    const secrets = createApiSecrets([apiSecret], createManualClock(0), (event) => void events.push(event));
    const wrong = (address: string): number | undefined =>
      secrets.refusalOf(caller(basic("wrong-api-secret"), address))?.status;
    for (let count = 0; count < 60; count++) wrong(`2001:db8::${count}`);
    expect([wrong("2001:db8::ffff"), wrong("2001:db8:0:1::1"), wrong("192.0.2.1")]).toEqual([429, 401, 401]);
    expect(wrong("::ffff:192.0.2.1")).toBe(401);
    expect(events.at(-1)).toMatchObject({ address: "192.0.2.1", wrong: 2 });
    const none = ["", "Basic", "Bearer x", undefined];
    for (const authorization of none) {
      expect(secrets.refusalOf(caller(authorization, "2001:db8::1"))?.status).toBe(401);
    }
    expect(events).toHaveLength(64);
  });

  it("T61: of ever new addresses fill no memory, and what a listener throws changes nothing", () => {
    let last = 0;
    const secrets = createApiSecrets([apiSecret], createManualClock(0), ({ wrong }) => {
      last = wrong;
      throw new Error("listener");
    });
    const wrong = (index: number) =>
      secrets.refusalOf(caller(basic("wrong-api-secret"), `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`));
    for (let index = 0; index <= 10_000; index++) wrong(index);
    wrong(10_000);
    expect(last).toBe(2);
    // The first one made room.
    wrong(0);
    expect(last).toBe(1);
  });

  it("T61: are counted together for the Server API and the outbox", async () => {
    const outbox = { entries: () => [] } as never;
    harness = await createHarness({ server: { dev: { outbox } } });
    const { origin } = harness;
    const headers = { authorization: basic("wrong-api-secret") };
    for (let count = 0; count < 50; count++) await requestTarget(origin, "/v1/users/alice", { headers });
    expect((await requestTarget(origin, "/dev/outbox", { headers })).status).toBe(429);
  });

  it("T61: are counted as those of one address where no listener of node:http tells it", () => {
    const secrets = createApiSecrets([apiSecret], createManualClock(0));
    const wrong = (): number | undefined => secrets.refusalOf(caller(basic("wrong-api-secret")))?.status;
    for (let count = 0; count < 50; count++) expect(wrong()).toBe(401);
    expect(wrong()).toBe(429);
  });
});
