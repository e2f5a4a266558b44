import { describe, expect, it } from "vitest";
import { isAppOrigin, isSecureWebOrigin, isWebOrigin, parseRedirectUrl } from "../src/lib/web-url.ts";

it.each([
  ["https://bank.example/zurück", "https://bank.example/zur%C3%BCck"],
  ["https://bücher.example/", "https://xn--bcher-kva.example/"],
  ["https://bank.example/a?b=c#d", "https://bank.example/a?b=c#d"],
  ["https://bank.example", "https://bank.example"],
  ["com.example.bank://done?order=7", "com.example.bank://done?order=7"],
  ["com.example.bank://done", "com.example.bank://done"],
  ["capacitor://localhost/zurück", "capacitor://localhost/zur%C3%BCck"],
])("C26: %s is sent as %s", (given, url) => expect(parseRedirectUrl(given)).toEqual({ url }));

it.each(["https://bank.example/".padEnd(3_000, "a"), `https://bank.example/${"ü".repeat(500)}`])(
  "C26: a URL that is too long in ASCII is refused",
  (given) => expect(parseRedirectUrl(given)).toMatchObject({ problem: expect.stringMatching(/at most 2048/) }),
);

it.each([
  "javascript://bank.example/%0Aalert(1)",
  "data://text/html,x",
  "intent://done#Intent;scheme=bank;end",
  "vbscript://x",
  "view-source://bank.example",
  "file://localhost/x",
  "blob://bank.example",
  "Com.Example.Bank://done",
  "com.example.bank:done",
  "com.example.bank:/done",
  "com.example.bank://",
  "com.example.bank:///done",
  "com.example.bank://user@done",
  "com.example.bank://do ne",
  "com.example.bank://done\\x",
  "//bank.example",
  "https:///bank.example",
  "https:////bank.example/done",
  "/done",
])("T36: %s leads nowhere", (given) => expect(parseRedirectUrl(given)).toHaveProperty("problem"));

describe("targets", () => {
  const origins = ["https://bank.example", "http://shop.example:8080", "com.example.bank://done"];
  const lead = (given: string, loopback?: boolean) =>
    parseRedirectUrl(given, { origins, option: "allowedOrigins", ...(loopback === undefined ? {} : { loopback }) });

  it.each([
    "https://bank.example/done",
    "HTTPS://BANK.example:443/done",
    "http://shop.example:8080/",
    "com.example.bank://done",
    "com.example.bank://done/7?token=x#y",
  ])("T36: %s leads to one", (given) => expect(lead(given)).toEqual({ url: given }));

  it.each([
    "https://bank.example.evil.example/",
    "https://evil.example/https://bank.example",
    "https://bank.example:8443/",
    "http://bank.example/",
    "https://bank.example./",
    "http://127.0.0.1:3000/",
    "http://localhost/",
    "com.example.bank://done.evil",
    "com.example.bank://other/com.example.bank://done",
    "com.example.bank2://done",
    "com.example.bank://done:80/",
    "capacitor://localhost/",
  ])("T36: %s leads to none, and the option is named", (given) =>
    expect(lead(given)).toEqual({ problem: "has an origin that allowedOrigins does not list" }),
  );

  it.each(["http://127.0.0.1:3000/", "http://localhost/", "https://[::1]:8443/x", "https://bank.example/"])(
    "T36: %s leads to this machine or to one, where that is allowed",
    (given) => expect(lead(given, true)).toEqual({ url: given }),
  );

  it("T36: another machine stays foreign where loopback is allowed", () =>
    expect(lead("http://192.168.0.9:3000/", true)).toMatchObject({ problem: expect.any(String) }));
});

describe("origins", () => {
  it.each(["https://bank.example", "http://bank.example:8080", "https://[::1]:8443", "https://xn--bcher-kva.example"])(
    "%s is one of web pages",
    (origin) => expect(isWebOrigin(origin)).toBe(true),
  );

  it.each([
    "https://bank.example/",
    "https://bank.example:443",
    "https://Bank.example",
    "https://bücher.example",
    "https://bank.example;script-src *",
    "https://*.bank.example",
    "capacitor://localhost",
    "null",
    "*",
    "",
    undefined,
    new URL("https://bank.example"),
  ])("%s is none", (origin) => expect(isWebOrigin(origin)).toBe(false));

  it.each([
    ["https://bank.example", true],
    ["http://localhost:3000", true],
    ["http://app.localhost", true],
    ["http://127.0.0.1:3000", false],
    ["http://localhost.example", false],
    ["http://bank.example", false],
  ])("%s is secure: %s", (origin, isSecure) => expect(isSecureWebOrigin(origin)).toBe(isSecure));

  it.each([
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "app://bundle",
    "app://.",
    "com.example.bank://app",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "capacitor://localhost:8080",
  ])("%s is one of pages in an application", (origin) => expect(isAppOrigin(origin)).toBe(true));

  it.each([
    "null",
    "file://",
    "file://localhost",
    "https://bank.example",
    "http://localhost",
    "data://x",
    "blob://x",
    "javascript://x",
    "capacitor://localhost/",
    "capacitor://user@localhost",
    "Capacitor://localhost",
    "capacitor:",
    "capacitor://",
    "capacitor://*",
    "capacitor://localhost;script-src *",
    "a".repeat(300),
    "",
    undefined,
  ])("%s is none of pages in an application", (origin) => expect(isAppOrigin(origin)).toBe(false));
});
