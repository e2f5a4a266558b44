import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authsignal } from "@authsignal/node";
import { writeMmdb } from "@require-action-test/support/mmdb";
import type { IpFacts, Policy } from "@require-action/engine";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { type IpDatabases, openIpDatabases } from "../src/policy/ip-database.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret } from "./http.ts";
import { type Ran, runHere, serveSettings } from "./run-here.ts";

let folder: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-ip-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: Buffer | object): string {
  const file = join(folder, name);
  writeFileSync(file, Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return file;
}

const torExit = {
  "192.0.2.0/24": { is_anonymous: true, is_tor_exit_node: true },
  "2001:db8::/32": { is_anonymous: true },
};
const anonymousFile = (): string => fileWith("anonymous.mmdb", writeMmdb("GeoIP2-Anonymous-IP", torExit));
const countryFile = (): string =>
  fileWith("country.mmdb", writeMmdb("GeoLite2-Country", { "198.51.100.0/24": { country: { iso_code: "NZ" } } }));

const blocksAnonymous: Policy = {
  actions: {
    pay: {
      defaultOutcome: "ALLOW",
      rules: [
        {
          ruleId: "tor",
          name: "An anonymous address",
          priority: 1,
          type: "BLOCK",
          conditions: { "==": [{ var: "ip.isAnonymous" }, true] },
        },
      ],
    },
  },
};

/** Serves a policy, and decides a payment from an address. */
async function served(
  policy: Policy,
  ...args: readonly string[]
): Promise<{ warned: string; pay: (ip: string) => Promise<string> }> {
  const settings = await serveSettings(["--port", "0", "--policy", fileWith("policy.json", policy), ...args], {
    REQUIRE_ACTION_API_SECRET: apiSecret,
  });
  const lines: string[] = [];
  const warned: string[] = [];
  stops.push(await serve(settings, { write: (line) => void lines.push(line), warn: (line) => void warned.push(line) }));
  const origin = lines.join("\n").match(/http:\S+/)?.[0] ?? "";
  const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
  return {
    warned: warned.join("\n"),
    pay: async (ipAddress) =>
      (await sdk.track({ userId: "alice", action: "pay", attributes: { ipAddress } })).state as string,
  };
}

describe("require-action serve over facts of addresses", () => {
  it("T57: refuses a policy against Tor exits without a lookup, naming the rule and the remedy", async () => {
    const start = served(blocksAnonymous);
    await expect(start).rejects.toThrow(CliError);
    await expect(start).rejects.toThrow(/actions\.pay\.rules\[0\]: needs ip\.isAnonymous.*--ip-database/);
  });

  it("T57: blocks a Tor exit, with --ip-database", async () => {
    const { pay } = await served(blocksAnonymous, "--ip-database", anonymousFile());
    expect(await pay("192.0.2.7")).toBe("BLOCK");
    expect(await pay("198.51.100.7")).toBe("ALLOW");
    expect(await pay("2001:db8::1")).toBe("BLOCK");
  });

  it("T57: refuses a database that does not give what the policy names", async () => {
    await expect(served(blocksAnonymous, "--ip-database", countryFile())).rejects.toThrow(/does not give it/);
  });

  it("T57: loads it with --ip-database none, and warns", async () => {
    const { pay, warned } = await served(blocksAnonymous, "--ip-database", "none");
    expect(warned).toContain("actions.pay.rules[0]: ip.isAnonymous is never known here");
    expect(await pay("192.0.2.7")).toBe("ALLOW");
  });
});

describe("a database of addresses", () => {
  const lookUp = (databases: IpDatabases, address: string): Promise<IpFacts | undefined> => {
    if (typeof databases !== "object") throw new Error("nothing was opened");
    return Promise.resolve(databases.lookUp(address, new AbortController().signal));
  };

  it("T57: of each kind gives its own facts, and several are one", async () => {
    const both = await openIpDatabases([countryFile(), anonymousFile()]);
    expect(both).toMatchObject({ provides: ["countryCode", "isAnonymous"] });
    expect(await lookUp(both, "198.51.100.1")).toEqual({ countryCode: "NZ", isAnonymous: false });
    expect(await lookUp(both, "::ffff:192.0.2.1")).toEqual({ countryCode: undefined, isAnonymous: true });
  });

  it("T57: that lists an address as anonymous is enough, whichever comes first", async () => {
    const empty = fileWith(
      "other.mmdb",
      writeMmdb("GeoIP-Anonymous-Plus", { "203.0.113.0/24": { is_anonymous: true } }),
    );
    for (const files of [
      [empty, anonymousFile()],
      [anonymousFile(), empty],
    ]) {
      expect((await lookUp(await openIpDatabases(files), "192.0.2.1"))?.isAnonymous).toBe(true);
    }
  });

  it("T57: of IPv4 alone knows nothing about an IPv6 address", async () => {
    const { "2001:db8::/32": _ipv6, ...ipv4 } = torExit;
    const file = fileWith("ipv4.mmdb", writeMmdb("GeoIP2-Anonymous-IP", ipv4, 4));
    const databases = await openIpDatabases([file]);
    expect((await lookUp(databases, "192.0.2.1"))?.isAnonymous).toBe(true);
    expect((await lookUp(databases, "198.51.100.1"))?.isAnonymous).toBe(false);
    expect((await lookUp(databases, "2001:db8::1"))?.isAnonymous).toBeUndefined();
  });

  it.each([
    ["two-letter members", { country: "NZ" }, "NZ"],
    ["a code of its own", { country_code: "NZ" }, "NZ"],
    ["a country that is no code", { country: { iso_code: "nz" } }, undefined],
    ["a registered country only", { registered_country: { iso_code: "NZ" } }, undefined],
  ])("reads a country from %s", async (_what, record, countryCode) => {
    const file = fileWith("odd.mmdb", writeMmdb("DBIP-Country-Lite", { "198.51.100.0/24": record as never }));
    expect((await lookUp(await openIpDatabases([file]), "198.51.100.1"))?.countryCode).toBe(countryCode);
  });

  it.each([
    ["is not there", () => join(folder, "nowhere.mmdb"), "cannot be read (ENOENT)"],
    ["is none", () => fileWith("text.mmdb", { a: 1 }), "is not a database"],
    ["is cut short", () => fileWith("cut.mmdb", writeMmdb("GeoLite2-Country", {}).subarray(0, -40)), "not a database"],
    [
      "gives neither",
      () => fileWith("asn.mmdb", writeMmdb("GeoLite2-ASN", {})),
      '"GeoLite2-ASN" contains neither countries',
    ],
  ])("is refused when it %s", async (_what, file, problem) => {
    await expect(openIpDatabases([file()])).rejects.toThrow(problem);
  });

  it("is not `none` and a file at once", async () => {
    await expect(openIpDatabases(["none", "a.mmdb"])).rejects.toThrow("--ip-database none");
  });
});

describe("require-action policy check", () => {
  const check = (policy: Policy, ...args: readonly string[]): Promise<Ran> =>
    runHere(["policy", "check", fileWith("checked.json", policy), ...args]);

  it("T57: refuses rules over facts that nothing gives", async () => {
    expect(await check(blocksAnonymous)).toMatchObject({
      code: 1,
      errors: expect.stringContaining("needs ip.isAnonymous"),
    });
    expect(await check(blocksAnonymous, "--ip-facts", "countryCode")).toMatchObject({ code: 1 });
    expect((await check(blocksAnonymous, "--ip-facts", "isAnonymous")).code).toBe(0);
    expect((await check(blocksAnonymous, "--ip-database", anonymousFile())).code).toBe(0);
  });

  it("T57: warns of rules over facts that are never known", async () => {
    const { code, errors } = await check(blocksAnonymous, "--ip-database", "none");
    expect(code).toBe(0);
    expect(errors).toContain('never known here, as facts.ip is "none"');
  });

  it.each([
    ["--ip-facts", "asn"],
    ["--ip-facts", "isAnonymous", "--ip-database", "none"],
  ])("refuses %s %s", async (...args) => {
    expect(await check(blocksAnonymous, ...args)).toMatchObject({
      code: 2,
      errors: expect.stringContaining("--ip-facts"),
    });
  });

  it("T57: warns of a device counter that dropping the cookie steps past", async () => {
    const policy: Policy = {
      counters: [{ name: "tries", kind: "count", by: "device", window: "1h", actions: ["pay"] }],
      actions: {
        pay: {
          defaultOutcome: "ALLOW",
          rules: [
            { ruleId: "r", name: "r", priority: 1, type: "BLOCK", conditions: { ">": [{ var: "velocity.tries" }, 3] } },
          ],
        },
      },
    };
    const { code, errors } = await check(policy);
    expect(code).toBe(0);
    expect(errors).toContain(
      "actions.pay.rules[0]: BLOCK may become ALLOW when a fact is unknown (velocity.tries: a request that names no device)",
    );
  });
});

describe("require-action policy import", () => {
  it("T57: warns of rules over facts that nothing gives, and of those that an unknown fact opens", async () => {
    const rule = {
      ruleId: "tor",
      name: "Tor",
      priority: 1,
      isActive: true,
      type: "BLOCK",
      actionCode: "pay",
      conditions: { "==": [{ var: "ip.isAnonymous" }, true] },
    };
    const file = fileWith("export.json", { rules: [rule] });
    const { code, errors } = await runHere(["policy", "import", file, "--default-outcome", "ALLOW"]);
    expect(code).toBe(0);
    expect(errors).toContain("needs ip.isAnonymous");
    expect(errors).toContain("BLOCK may become ALLOW when a fact is unknown");
  });
});
