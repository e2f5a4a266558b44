import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ActionOptions } from "../src/index.ts";
import { parseClientAddress } from "../src/provider.ts";
import type { GuardRequest, ProxyTrust } from "../src/adapter.ts";
import { type Ask, createHarness, guardRequest, type Native, replyOf } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

allowWarnings("RA_ADDRESS_UNREADABLE");

describe("C9: an address, as sockets, proxies and frameworks write it,", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    [" 192.0.2.7\t", "192.0.2.7"],
    ["192.0.2.7:54321", "192.0.2.7"],
    ["192.0.2.7:_port", "192.0.2.7"],
    ['"192.0.2.7:80"', "192.0.2.7"],
    ["192.0.2.7,", "192.0.2.7"],
    [", 192.0.2.7 ,", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:C000:207", "192.0.2.7"],
    ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7%eth0", "192.0.2.7"],
    ["[::ffff:192.0.2.7]:443", "192.0.2.7"],
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8::192.0.2.7", "2001:db8::c000:207"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ['"[2001:db8::1]:_x.y-z"', "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["fe80::1%25en0", "fe80::1"],
    ["[fe80::1%25en0]:80", "fe80::1"],
    ["::1", "::1"],
  ])("%j is %s", (text, address) => {
    expect(parseClientAddress(text)).toBe(address);
  });

  it.each([
    "",
    "  ",
    "unknown",
    "Unknown",
    "_hidden",
    "_SEVKISEK",
    "unix:",
    "/var/run/app.sock",
    "localhost",
    "client.example",
    "192.0.2.7, 198.51.100.1",
    "192.0.2.7 198.51.100.1",
    "for=192.0.2.7",
    "127.1",
    "0x7f000001",
    "3221225991",
    "192.0.2.010",
    "192.0.2.256",
    "192.0.2",
    "192.0.2.7.",
    "192.0.2.7/32",
    "192.0.2.7:",
    "192.0.2.7:port",
    "192.0.2.7:123456",
    "[192.0.2.7]:80",
    "[2001:db8::1",
    "2001:db8::1]",
    "[]",
    "2001:db8::1::2",
    "fe80::1/64",
    "192.0.2.7%eth0",
    "１９２.0.2.7",
    '"',
    '""',
    "a".repeat(10_000),
    "1".repeat(10_000),
    "[".repeat(10_000),
    undefined,
    null,
    7,
    {},
    ["192.0.2.7"],
    Object("192.0.2.7"),
  ])("%j is none", (given) => {
    expect(parseClientAddress(given)).toBeUndefined();
  });

  it("is one text in all its spellings", () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.ipV4(), port, (address, number) => {
        const spellings = [address, `::ffff:${address}`, `[::FFFF:${address}]:${number}`, `${address}:${number}`];
        for (const one of spellings) expect(parseClientAddress(one)).toBe(address);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), port, fc.stringMatching(/^[a-z0-9]{1,8}$/), (address, number, zone) => {
        const canonical = parseClientAddress(address);
        expect(isIP(canonical ?? "")).not.toBe(0);
        const upper = address.toUpperCase();
        const spellings = [canonical, upper, ` ${address}`, `${address}%${zone}`, `[${address}]:${number}`];
        for (const one of spellings) expect(parseClientAddress(one)).toBe(canonical);
      }),
    );
  });

  it("is an address or nothing, whatever it is given", () => {
    const noise = fc.stringMatching(/^[\d.:[\]%",_ a-fx/]{0,60}$/);
    fc.assert(
      fc.property(fc.oneof(noise, fc.string(), fc.anything()), (given) => {
        const address = parseClientAddress(given);
        if (address === undefined) return;
        expect(isIP(address)).not.toBe(0);
        expect(parseClientAddress(address)).toBe(address);
      }),
    );
  });
});

describe("C9: a guard", () => {
  const forwarded = { "x-forwarded-for": "198.51.100.9" };

  async function warnings(
    ask: Ask & { readonly trust?: ProxyTrust | undefined },
    options: ActionOptions<Native> = {},
  ): Promise<readonly string[]> {
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => emitWarning.mockRestore());
    const { guard, events } = createHarness();
    const protect = guard.protect("withdraw-funds", options);
    const request: GuardRequest<Native> = { ...guardRequest(ask), trustedProxies: () => ask.trust };
    for (let times = 0; times < 3; times++) await protect(request);
    const told = events.flatMap((event) => (event.type === "warning" ? [event] : []));
    for (const { code, helpUrl } of told) {
      expect(helpUrl).toContain("docs/errors.md#process-warnings");
      expect(emitWarning).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ code }));
    }
    return told.map(({ code }) => code);
  }

  it.each<readonly [string, Ask & { readonly trust?: ProxyTrust | undefined }, readonly string[]]>([
    ["every proxy is trusted", { trust: "any" }, ["RA_ANY_PROXY_TRUSTED"]],
    ["no proxy is trusted, and one forwards", { trust: "none", headers: forwarded }, ["RA_PROXY_NOT_TRUSTED"]],
    ["so by the standard's header", { trust: "none", headers: { forwarded: "for=_x" } }, ["RA_PROXY_NOT_TRUSTED"]],
    ["no proxy is trusted, and none forwards", { trust: "none" }, []],
    ["some are trusted", { trust: "some", headers: forwarded }, []],
    ["nobody knows", { headers: forwarded }, []],
    ["a list is given", { ip: "198.51.100.9, 203.0.113.7" }, ["RA_ADDRESS_UNREADABLE"]],
    ["nothing is given", { ip: undefined }, []],
    ["a socket without address", { ip: "" }, []],
    ["a proxy says unknown", { ip: "unknown" }, []],
    ["a proxy hides the client", { ip: "_hidden" }, []],
  ])("warns once, where it must: %s", async (_name, ask, codes) => {
    expect(await warnings(ask)).toEqual(codes);
  });

  it.each([
    ["is that of the connection", { ip: "192.0.2.1" }, /address is that of the connection/],
    ["is not known at all, as on Lambda behind Hono", { ip: undefined }, /states no address of its client/],
  ])("C9: warns in words of what holds where the address %s", async (_what, ask, message) => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => emitWarning.mockRestore());
    const request = { ...guardRequest({ headers: forwarded }), ...ask, trustedProxies: () => "none" as const };
    await createHarness().guard.protect("withdraw-funds")(request);
    expect(emitWarning).toHaveBeenCalledWith(expect.stringMatching(message), expect.anything());
  });

  it("leaves an address of the application's own to the application, but for one that is none", async () => {
    const trust = "any";
    expect(await warnings({ trust }, { clientContext: () => ({ ipAddress: "198.51.100.9" }) })).toEqual([]);
    const list = { ipAddress: "198.51.100.9, 203.0.113.7" };
    expect(await warnings({ trust }, { clientContext: () => list })).toEqual(["RA_ADDRESS_UNREADABLE"]);
  });

  it.each(["unknown", "_hidden", "198.51.100.9, 203.0.113.7", "", "app.sock", "1.2.3.4.5"])(
    "sends no provider %j for an address, and refuses nothing for it",
    async (ip) => {
      const { provider, route } = createHarness();
      provider.answer("CHALLENGE_REQUIRED");
      expect(replyOf(await route()({ ip })).code).toBe("challenge_required");
      expect(provider.calls[0]?.request).not.toHaveProperty("attributes.ipAddress");
    },
  );
});
