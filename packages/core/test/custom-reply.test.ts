import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCatalog, type ErrorCode } from "../src/index.ts";
import { customizeReply, type RefusalReport, reportRefusal } from "../src/reply/custom-reply.ts";
import { Refusal, renderRefusal } from "../src/reply/refusal.ts";
import { createHarness, replyOf } from "./harness.ts";

const codes = Object.keys(errorCatalog) as ErrorCode[];
const refusal = fc
  .record({
    code: fc.constantFrom(...codes),
    seconds: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    scheme: fc.option(fc.constant("Bearer"), { nil: undefined }),
    members: fc.dictionary(fc.string(), fc.jsonValue()),
  })
  .map(({ code, seconds, scheme, members }) => {
    const headers = scheme === undefined ? {} : { "www-authenticate": scheme };
    return renderRefusal(new Refusal(code, "why", members, { retryAfterSeconds: seconds, headers }));
  });
const headers = fc.dictionary(
  fc.oneof(
    fc.string(),
    fc.constantFrom("Cache-Control", "RETRY-AFTER", "www-authenticate", "Action-Code", "content-type", "X-Brand"),
  ),
  fc.oneof(fc.string(), fc.constantFrom("public", "1", "Basic", "text/html")),
);
const body = fc.oneof(fc.string({ unit: "binary" }), fc.object());

describe("C69: a reply with the application's own body", () => {
  it("keeps status, code and the refusal's headers whatever it says, or cannot be sent", () => {
    fc.assert(
      fc.property(refusal, headers, body, (standard, given, text) => {
        let reply;
        try {
          reply = customizeReply(standard, { headers: given, body: text });
        } catch (error) {
          expect(error).toMatchObject({ code: "resolver_failed" });
          return;
        }
        expect([reply.kind, reply.status, reply.code]).toEqual([standard.kind, standard.status, standard.code]);
        expect(reply.headers["cache-control"]).toBe("no-store");
        expect(reply.headers["action-code"]).toBe(standard.code);
        expect(reply.headers["content-length"]).toBe(String(Buffer.byteLength(reply.body)));
        for (const name of ["retry-after", "www-authenticate"]) {
          if (standard.headers[name] !== undefined) expect(reply.headers[name]).toBe(standard.headers[name]);
        }
        // What any server and any browser accept.
        expect(() => new Headers(reply.headers as Record<string, string>)).not.toThrow();
        expect(Object.keys(reply.headers)).toEqual(Object.keys(reply.headers).map((name) => name.toLowerCase()));
      }),
    );
  });

  it("may name how to sign in, and when to come again, where the refusal does not", () => {
    const standard = renderRefusal(new Refusal("authentication_required", "nobody"));
    const given = { "WWW-Authenticate": "Bearer", "Retry-After": "60" };
    expect(customizeReply(standard, { headers: given, body: "" }).headers).toMatchObject({
      "www-authenticate": "Bearer",
      "retry-after": "60",
      "content-type": "text/plain; charset=utf-8",
    });
  });

  it.each([
    undefined,
    null,
    "a text",
    {},
    { body: undefined },
    { body: null },
    { body: 5 },
    { body: () => "" },
    { body: { toJSON: () => undefined } },
    { body: "", headers: "x: y" },
    { body: "", headers: { "x y": "z" } },
    { body: "", headers: { x: ["y"] } },
    { body: "", headers: { x: "\u0100" } },
    ...["Content-Length", "transfer-encoding", "Connection", "content-encoding", "Upgrade"].map((name) => ({
      body: "",
      headers: { [name]: "1" },
    })),
  ])("cannot be %o", (custom) => {
    const standard = renderRefusal(new Refusal("action_blocked", "blocked"));
    expect(() => customizeReply(standard, custom)).toThrow(expect.objectContaining({ code: "resolver_failed" }));
  });

  it("is made of what the client may learn, and of no reason that events carry", () => {
    const standard = renderRefusal(new Refusal("action_token_invalid", "the seal is for another user", { id: "1" }));
    const report = reportRefusal(standard);
    expect(report).toMatchObject({ code: "action_token_invalid", status: 403, retryAfterSeconds: undefined });
    expect(report.problem).toEqual(JSON.parse(standard.body));
    expect(JSON.stringify(report)).not.toContain("another user");
    expect(Object.isFrozen(report) && Object.isFrozen(report.problem)).toBe(true);
  });

  it("is the route's before the guard's, and not asked where the request goes on", async () => {
    const asked: RefusalReport[] = [];
    const harness = createHarness({ respond: () => ({ body: "guard" }) });
    const own = harness.route({
      respond: (report, { user }) => {
        asked.push(report);
        return { body: `${user} ${report.code}` };
      },
    });
    expect((await own()).kind).toBe("proceed");
    expect(asked).toEqual([]);
    harness.provider.answer("BLOCK");
    expect(replyOf(await own()).body).toBe("alice action_blocked");
    expect(replyOf(await harness.route()()).body).toBe("guard");
  });

  it("reports what respond throws to events, and never to the client", async () => {
    const cause = new Error("template of alice@bank.example is missing");
    const harness = createHarness({
      respond: () => {
        throw cause;
      },
    });
    harness.provider.answer("BLOCK");
    const reply = replyOf(await harness.route()());
    expect(JSON.parse(reply.body)).toMatchObject({ code: "action_blocked", status: 403 });
    expect(reply.body).not.toContain("alice@bank.example");
    expect(harness.events.slice(-2)).toMatchObject([
      { type: "refusal", code: "action_blocked" },
      { type: "failure", source: "respond", code: "resolver_failed", cause },
    ]);
  });
});
