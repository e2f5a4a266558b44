import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open } from "maxmind";
import { describe, expect, it } from "vitest";
import { createEngine, type IpSource } from "../src/index.ts";
import { createIpSource } from "../src/policy.ts";

const fileOf = (name: string): string => fileURLToPath(new URL(`./maxmind/${name}`, import.meta.url));
const database = (name: string) => open(fileOf(`${name}-Test.mmdb`));
const look = (source: IpSource, address: string) => source.lookUp(address, new AbortController().signal);

describe("MaxMind's own test databases", () => {
  it.each([
    ["GeoLite2-Country", ["countryCode"]],
    ["GeoLite2-City", ["countryCode"]],
    ["GeoIP2-Anonymous-IP", ["isAnonymous"]],
    ["GeoIP-Anonymous-Plus", ["isAnonymous"]],
  ])("T57: %s gives %j", async (name, provides) => {
    expect(createIpSource(await database(name)).provides).toEqual(provides);
  });

  it.each([
    ["81.2.69.142", { countryCode: "GB", isAnonymous: true }],
    ["::ffff:81.2.69.142", { countryCode: "GB", isAnonymous: true }],
    ["2001:218::1", { countryCode: "JP", isAnonymous: false }],
    ["192.0.2.1", { countryCode: undefined, isAnonymous: false }],
  ])("T57: know of %s what is so", async (address, facts) => {
    const source = createIpSource(await database("GeoLite2-City"), await database("GeoIP2-Anonymous-IP"));
    expect(await look(source, address)).toEqual(facts);
  });

  it("T57: block an anonymous address", async () => {
    const engine = createEngine({
      policy: {
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
      },
      secrets: ["s".repeat(32)],
      issuer: "Bank",
      baseUrl: "https://auth.bank.example",
      facts: { ip: createIpSource(await database("GeoIP2-Anonymous-IP")) },
    });
    const stateFor = async (ipAddress: string) => {
      const request = { userId: "alice", action: "pay", attributes: { idempotencyKey: `for-${ipAddress}`, ipAddress } };
      return (await engine.track(request, { signal: new AbortController().signal })).state;
    };
    expect(await stateFor("81.2.69.142")).toBe("BLOCK");
    expect(await stateFor("192.0.2.1")).toBe("ALLOW");
  });

  it("are refused where they know neither, naming option and type", async () => {
    const asn = await database("GeoLite2-ASN");
    expect(() => createIpSource(asn)).toThrow(/facts\.ip.*"GeoLite2-ASN" contains neither/);
  });

  it.each([[undefined], ["GeoLite2-Country.mmdb"], [open(fileOf("GeoLite2-ASN-Test.mmdb"))], [{ get: () => null }]])(
    "are what it takes, not %o",
    (given) => {
      expect(() => createIpSource(given as never)).toThrow(/facts\.ip.*takes open databases/);
    },
  );

  it("come with their licence", () => {
    expect(readFileSync(fileOf("LICENSE-MIT"), "utf8")).toContain("Permission is hereby granted, free of charge");
  });
});
