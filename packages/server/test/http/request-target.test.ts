import fc from "fast-check";
import { createClientApi } from "../../src/client-api/index.ts";
import { errorReply } from "../../src/http/reply.ts";
import { toNodeHandler } from "../../src/index.ts";
import { plainTargetOnly } from "../../src/http/exchange.ts";
import { readTarget } from "../../src/http/request-target.ts";
import { describe, expect, it } from "vitest";
import { createHarness } from "../../../engine/test/harness.ts";

/** What a parser, a proxy or a framework reads otherwise than the next one. */
const ambiguous: readonly string[] = [
  "/a/../b",
  "/a/..",
  "/./a",
  "/.",
  "/a/%2e%2e/b",
  "/a/%2E%2e/b",
  "/a/.%2e/b",
  "/a/%2E./b",
  "/%2e/a",
  "/a/..?x=1",
  "/a/x%2f..%2fb",
  "/a/x%2F%2e%2E%2Fb",
  "/a/x%5c..%5Cb",
  "/a/..%2fb",
  "/a/.%2fb",
  "/a\\b",
  "/\\evil.example/a",
  "\\a",
  "/a\\..\\b",
  "//a",
  "//evil.example/a",
  "///a",
  "/a#b",
  "/a#",
  "/a?b#c",
  "/a\tb",
  "/a\nb",
  "/a b",
  "/a ",
  " /a",
  "/a\u0000b",
  "/\u00e9",
  "/a?\u00e9",
  "/\uff0e\uff0e/a",
  '/a"b',
  "/a<b>",
  "/a%zz",
  "/a%2",
  "/a%u002e",
  "/a%c",
  "/a%ff",
  "/a%C3",
  "/a%ed%a0%80",
  "",
  "*",
  "a",
  "a/b",
  "?a",
  "bank.example:443",
  "http:/a",
  "http:///a",
  "http://",
  "http:a",
  "http:\\\\bank.example\\a",
  "http://bank.example\\a",
  "http://bank.example@evil.example/a",
  "http://user:secret@bank.example/a",
  "http://bank.example//a",
  "http://bank.example/a/../b",
  "http://bank.example/%2e%2e/a",
  "http://bank.example:port/a",
  "http://bank.example#a",
  "ftp://bank.example/a",
  "file:///a",
  "javascript:alert(1)",
  "data:,a",
];

describe("a request target", () => {
  it.each(ambiguous)("T61: is refused as %j", (target) => {
    expect(readTarget(target)).toBeUndefined();
  });

  it.each([
    "/",
    "/?",
    "/a/",
    "/a//b",
    "/a?b=c&d",
    "/a?b=o'brien",
    "/a?b=..%2f../c\\",
    "/a.b/..c/d..",
    "/...",
    "/%2e%2e%2e",
    "/alice@bank.example",
    "/auth0|5f7c",
    "/a+b:c;d,e!$&'()*~",
    "/a%2Fb",
    "/a%5Cb",
    "/%2F%2F",
    "/%252e%252e",
    "/%E3%83%A6",
    "/100%",
    "/100%%C3%A9",
    "/%",
  ])("T61: is read as it is: %j", (target) => {
    expect(readTarget(target)).toBe(target);
  });

  it.each([
    ["http://bank.example/a?b", "/a?b"],
    ["HTTPS://Bank.Example:8443/a", "/a"],
    ["http://[::1]:80/a", "/a"],
    ["http://bank.example", "/"],
    ["http://bank.example?a", "/?a"],
  ])("C10: is its path and query when it is absolute: %j", (target, path) => {
    expect(readTarget(target)).toBe(path);
  });

  it("T61: once read, means the same to the parser and to one that decodes first", () => {
    const piece = fc.constantFrom(
      ..."/ \\ . .. %2e %2F %5c %25 % # ? ; : @ a console é \t //".split(" "),
      "http://bank.example",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = readTarget(pieces.join(""));
        if (target === undefined) return;
        const [path] = target.split("?");
        expect(new URL(`http://x${target}`).pathname).toBe(path);
        expect(
          new URL(`http://x${path?.replaceAll(/%(2e|2f|5c)/gi, decodeURIComponent)}`).pathname.split("/"),
        ).toHaveLength((path ?? "").replaceAll(/%(2f|5c)/gi, "/").split("/").length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a handler of requests that were parsed before", () => {
  const handler = plainTargetOnly(async () => errorReply(418, "seen", "Seen."));
  const status = async (url: string, environment?: unknown): Promise<number> =>
    (await handler(new Request(url), environment)).status;

  it.each(["http://x/a%2f..%2fb", "http://x//a", "http://x/a#b", "http://x/a%zz", "http://x/a%ff"])(
    "T61: is kept from what is left of an ambiguous target: %s",
    async (url) => expect(await status(url)).toBe(400),
  );

  it("T61: reads the target as it was received, where the message is at hand", async () => {
    const message = (url: string, originalUrl?: string) => ({ incoming: { url, originalUrl, rawHeaders: [] } });
    expect(await status("http://x/b", message("/a/../b"))).toBe(400);
    expect(await status("http://x/b", message("/b", "/a/../b"))).toBe(400);
    expect(await status("http://x/b", message("/b", "/a/b"))).toBe(418);
    expect(await status("http://x/b", { incoming: "not a message" })).toBe(418);
    const kept = Object.assign(new Request("http://x/b"), { [Symbol("incomingKey")]: message("/a/../b").incoming });
    expect((await handler(kept)).status).toBe(400);
  });
});

it("T61: a listener hands on where a request came from", async () => {
  let seen: unknown;
  const listener = toNodeHandler(async (_request, environment) => {
    seen = environment;
    return new Response();
  });
  const incoming = { method: "GET", url: "/a", headersDistinct: {} };
  const outgoing = { writeHead: () => undefined, end: () => undefined };
  await listener(incoming as never, outgoing as never);
  expect(seen).toEqual({ incoming, outgoing });
});

it.each(["/a/../b", "/a\\b", "/caf\u00e9", "/%2e%2e", "/a b", "/a%zz"])(
  "T61: is no base path that no request could have: %j",
  (basePath) => {
    expect(() => createClientApi(createHarness().engine, { tenantId: "bank", basePath })).toThrow(
      /basePath: must be a path/,
    );
  },
);
