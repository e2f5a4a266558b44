import { describe, expect, it } from "vitest";
import type { ActionOptions, GuardOptions } from "../src/index.ts";
import { ProviderError, type TrackAttributes } from "../src/provider.ts";
import {
  approvedOf,
  type Ask,
  createHarness,
  guardRequest,
  type Native,
  replyOf,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

allowWarnings("RA_ADDRESS_UNREADABLE");

const GOES_ON = "proceed";
const UNAVAILABLE = "503 decision_unavailable";

/** As mongoose's, whose `toString` is inherited from its class. */
class ObjectId {
  toHexString(): string {
    return "507f1f77bcf86cd799439011";
  }
}

/** The verdict, or the fault that the framework's own error handling gets. */
async function outcome(ask: Ask, options: ActionOptions<Native> = {}, guard: Partial<GuardOptions<Native>> = {}) {
  const harness = createHarness({ deadlineMs: { decision: 30 }, ...guard });
  return harness
    .route(options)(ask)
    .then(summaryOf, ({ code, status }) => `fault ${status} ${code}`);
}

/** What reached the provider. */
async function tracked(ask: Ask, options?: ActionOptions<Native>, guard?: Partial<GuardOptions<Native>>) {
  const harness = createHarness(guard);
  approvedOf(await harness.route(options)(ask));
  const [call] = harness.provider.calls;
  if (call?.verb !== "track") throw new Error("nothing was tracked");
  const { idempotencyKey: _idempotencyKey, ...attributes } = call.request.attributes;
  return { userId: call.request.userId, attributes: attributes as Omit<TrackAttributes, "idempotencyKey"> };
}

describe("the user", () => {
  it.each<readonly [string, unknown, string]>([
    ["undefined", undefined, "401 authentication_required"],
    ["null", null, "401 authentication_required"],
    ["an empty text", "", "401 authentication_required"],
    ["C21: a list", ["alice"], "fault 500 configuration_invalid"],
    ["C21: an object", { id: "alice" }, "fault 500 configuration_invalid"],
    ["C21: a boolean", true, "fault 500 configuration_invalid"],
    ["C21: false", false, "fault 500 configuration_invalid"],
    ["C21: a fraction", 1.5, "fault 500 configuration_invalid"],
    ["C21: an unsafe integer", 2 ** 53, "fault 500 configuration_invalid"],
    ["C21: NaN", Number.NaN, "fault 500 configuration_invalid"],
    ["C21: a bigint, as of Prisma", 5n, GOES_ON],
    ["C21: an ObjectId, as of mongoose", new ObjectId(), GOES_ON],
    ["C21: an object that writes itself as nothing", { toHexString: () => "" }, "400 user_id_invalid"],
    ["C21: an object that writes itself as an object", { toHexString: () => ({}) }, "fault 500 configuration_invalid"],
    ["C21: a document instead of its id", { _id: new ObjectId() }, "fault 500 configuration_invalid"],
    ["C21: a date", new Date(0), "fault 500 configuration_invalid"],
    ["C21: a boxed text", Object("alice"), "fault 500 configuration_invalid"],
    ["T41: a lone surrogate", "a\ud800b", "400 user_id_invalid"],
    ["T41: NUL", "a\u0000b", "400 user_id_invalid"],
    ["T43: a line break", "alice\nroot", "400 user_id_invalid"],
    ["T43: an escape sequence", "alice\u001b[2J", "400 user_id_invalid"],
    ["T43: a line separator", "alice\u2028", "400 user_id_invalid"],
    ["T41: 257 bytes", "a".repeat(257), "400 user_id_invalid"],
    ["T41: 258 bytes in 129 characters", "é".repeat(129), "400 user_id_invalid"],
    ["256 bytes", "a".repeat(256), GOES_ON],
    ["an integer", 42, GOES_ON],
    ["zero", 0, GOES_ON],
    ["other than ASCII", "älice@😀", GOES_ON],
    ["T40: __proto__", "__proto__", GOES_ON],
    ["T40: constructor", "constructor", GOES_ON],
    ["with slashes and dots", "../a/b", GOES_ON],
  ])("that is %s", async (_name, user, summary) => {
    expect(await outcome({ user, body: WITHDRAWAL })).toBe(summary);
    expect(await outcome({ user, body: WITHDRAWAL }, { user: async ({ user: later }) => later })).toBe(summary);
  });

  it.each<readonly [unknown, string]>([
    [42, "42"],
    [9007199254740993n, "9007199254740993"],
    [new ObjectId(), "507f1f77bcf86cd799439011"],
  ])("C21: that is %s is the same as its text", async (user, userId) => {
    expect((await tracked({ user, body: {} })).userId).toBe(userId);
  });

  it("C21: that is no id is a mistake of the resolver, which is named", async () => {
    for (const name of ["user", "session"] as const) {
      const route = createHarness().route({ [name]: () => ({ id: "alice" }) as never });
      await expect(route()).rejects.toMatchObject({
        name: "ConfigurationError",
        option: name,
        declaration: 'requireAction("withdraw-funds")',
        message: expect.stringContaining("toHexString()") as string,
      });
    }
  });

  it("T41: is never folded: ids that differ stay apart", async () => {
    for (const user of ["Alice", "ALICE", "alice ", "\u00e9", "e\u0301", "ａlice"]) {
      expect((await tracked({ user, body: {} })).userId).toBe(user);
    }
  });

  it("comes before the token, so that a stranger learns nothing", async () => {
    expect(await outcome({ user: undefined, token: "two tokens" })).toBe("401 authentication_required");
  });
});

describe("the session, where it is configured,", () => {
  const session = ({ session: id }: Native): any => id;
  it.each<readonly [string, unknown, string]>([
    ["undefined", undefined, "401 authentication_required"],
    ["null", null, "401 authentication_required"],
    ["empty", "", "401 authentication_required"],
    ["C21: a list", ["s"], "fault 500 configuration_invalid"],
    ["C21: a number", 5, GOES_ON],
    ["C21: a bigint", 5n, GOES_ON],
    ["C21: an ObjectId", new ObjectId(), GOES_ON],
    ["not well formed", "\udc00", "400 user_id_invalid"],
    ["a text", "s-1", GOES_ON],
    ["a JWT, longer than any id", "e".repeat(900), GOES_ON],
  ])("that is %s", async (_name, id, summary) => {
    expect(await outcome({ user: "alice", session: id, body: {} }, {}, { session })).toBe(summary);
  });

  it("T52: is another one where a long one differs in its last letter", async () => {
    const { route, provider } = createHarness({ session });
    const ask = route({});
    const long = "e".repeat(900);
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = JSON.parse(replyOf(await ask({ user: "alice", session: `${long}1`, body: {} })).body) as {
      token: string;
    };
    const given = { user: "alice", body: {}, token: provider.completeChallenge(token) };
    expect(summaryOf(await ask({ ...given, session: `${long}2` }))).toBe("403 action_token_invalid");
    expect(summaryOf(await ask({ ...given, session: `${long}1` }))).toBe(GOES_ON);
  });

  it("can be an action's own", async () => {
    expect(await outcome({ user: "alice" }, { session: () => null })).toBe("401 authentication_required");
  });
});

describe("T47: a resolver that goes wrong never lets a request through", () => {
  const ways: readonly (readonly [string, () => any])[] = [
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["rejects with nothing", () => Promise.reject(undefined)],
    [
      "throws a text",
      () => {
        throw "boom";
      },
    ],
    [
      "answers with a promise whose then throws",
      () => ({
        // oxlint-disable-next-line no-thenable -- on purpose
        then() {
          throw new Error("boom");
        },
      }),
    ],
  ];
  const applications = ["user", "session", "clientContext"] as const;
  const requests = ["when", "bind", "attributes", "redirectUrl"] as const;
  const guard = { redirectOrigins: ["https://bank.example"] };

  it.each(applications.flatMap((name) => ways.map(([way, resolver]) => [name, way, resolver] as const)))(
    "%s %s: a fault of the application",
    async (name, _way, resolver) => {
      expect(await outcome({ user: "alice", body: {} }, { [name]: resolver }, guard)).toBe("fault 500 resolver_failed");
    },
  );

  it.each(["user", "session", "clientContext", "attributes", "bind"] as const)(
    "%s that returns what cannot be read, as a lazy record of a database: a fault of the application, which is named",
    async (name) => {
      const lazy = new Proxy(
        {},
        {
          get: (_target, member) => {
            // oxlint-disable-next-line no-thenable -- promises are asked for theirs
            if (member === "then") return undefined;
            throw new Error("the session of the database is closed");
          },
          ownKeys: () => ["toHexString", "amount", "email", "ipAddress"],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
        },
      );
      const route = createHarness().route({ [name]: () => lazy } as never);
      await expect(route({ user: "alice", body: {} })).rejects.toMatchObject({
        code: "resolver_failed",
        detail: `what the ${name} resolver returned threw when it was read`,
      });
    },
  );

  it.each(requests.flatMap((name) => ways.map(([way, resolver]) => [name, way, resolver] as const)))(
    "%s %s: a bad request",
    async (name, _way, resolver) => {
      expect(await outcome({ user: "alice", body: {} }, { [name]: resolver }, guard)).toBe("400 request_unresolvable");
    },
  );

  it.each([...applications, ...requests])("%s never settles: 503 within its deadline", async (name) => {
    const startedAt = performance.now();
    const options = { [name]: () => new Promise<never>(() => {}), onUnavailable: "allow" as const };
    expect(await outcome({ user: "alice", body: {} }, options, guard)).toBe(UNAVAILABLE);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("and a late one changes nothing, and asks for another try", async () => {
    const harness = createHarness({ deadlineMs: { decision: 15 } });
    let answer!: (required: boolean) => void;
    const verdict = await harness.route({ when: () => new Promise<boolean>((resolve) => (answer = resolve)) })();
    expect(verdict).toMatchObject({ kind: "reply", status: 503, headers: { "retry-after": "5" } });
    answer(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(harness.events.map(({ type }) => type)).toEqual(["refusal"]);
    expect(harness.provider.calls).toEqual([]);
  });

  it("tells the application what was thrown, and the client nothing", async () => {
    const boom = new Error("boom");
    const harness = createHarness({ user: () => Promise.reject(boom) });
    await expect(harness.route()()).rejects.toMatchObject({ code: "resolver_failed", cause: boom, expose: false });
    const verdict = await createHarness().route({ bind: () => Promise.reject(boom) })();
    expect(verdict).toMatchObject({ kind: "reply", body: expect.not.stringContaining("boom") });
  });
});

describe("when", () => {
  it("lets a request through that does not need the action, visibly, and asks nobody", async () => {
    const harness = createHarness();
    const verdict = await harness.route({ when: ({ body }) => Number(body.amount) > 100 })();
    expect(approvedOf(verdict)).toMatchObject({ ground: "not_required", userId: undefined, binding: "none" });
    expect(harness.provider.calls).toEqual([]);
    expect(harness.events).toEqual([expect.objectContaining({ type: "proceed", ground: "not_required" })]);
  });

  it("has the action required otherwise", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    const route = harness.route({ when: async ({ body }) => Number(body.amount) > 1 });
    expect(summaryOf(await route())).toBe("403 action_blocked");
  });

  it.each([undefined, null, 0, "", "false", 1, {}])("must answer a boolean: %j is a fault", async (answer) => {
    expect(await outcome({ user: "alice" }, { when: () => answer as never })).toBe("fault 500 resolver_failed");
  });
});

describe("the client context", () => {
  const ask = (headers: Record<string, string>, ip?: string): Ask => ({ user: "alice", body: {}, headers, ip });

  it.each<readonly [string, Ask, object]>([
    ["nothing", ask({}), {}],
    ["an IPv4 address", ask({}, "203.0.113.7"), { ipAddress: "203.0.113.7" }],
    ["T25: an IPv4 address in IPv6", ask({}, "::FFFF:203.0.113.7"), { ipAddress: "203.0.113.7" }],
    ["an IPv6 address", ask({}, "2001:db8::1"), { ipAddress: "2001:db8::1" }],
    ["forwarding headers, which are not ours to trust", ask({ "x-forwarded-for": "1.2.3.4" }), {}],
    ["a long user agent", ask({ "user-agent": "a".repeat(5_000) }), { userAgent: "a".repeat(1_024) }],
    [
      "a user agent cut in a character",
      ask({ "user-agent": `${"a".repeat(1_023)}😀` }),
      { userAgent: `${"a".repeat(1_023)}\ufffd` },
    ],
    ["a device cookie", ask({ cookie: "__as_aid=0b1c-77" }), { deviceId: "0b1c-77" }],
    ["a device cookie among others", ask({ cookie: "a=b;__as_aid=0b1c ; c=d" }), { deviceId: "0b1c" }],
    ["T42: two device cookies", ask({ cookie: "__as_aid=one; __as_aid=two" }), {}],
    ["a cookie that only ends alike", ask({ cookie: "x__as_aid=one" }), {}],
    ["an odd device cookie", ask({ cookie: "__as_aid=a b" }), {}],
    ["an empty device cookie", ask({ cookie: "__as_aid=" }), {}],
    ["a device cookie of 65 characters", ask({ cookie: `__as_aid=${"a".repeat(65)}` }), {}],
  ])("with %s", async (_name, request, attributes) => {
    expect((await tracked(request)).attributes).toEqual(attributes);
  });

  it("is the application's where it says so, as far as it can be used", async () => {
    const context = { ipAddress: "198.51.100.1", userAgent: "App/2", deviceId: "device-1" };
    expect((await tracked({ user: "alice", body: {} }, { clientContext: async () => context })).attributes).toEqual(
      context,
    );
    const odd = { ipAddress: 5, userAgent: null, deviceId: "\ud800" } as never;
    expect((await tracked({ user: "alice", body: {} }, { clientContext: () => odd })).attributes).toEqual({});
  });

  it("is the framework's where the application answers nothing", async () => {
    const { attributes } = await tracked({ user: "alice", body: {} }, { clientContext: (() => undefined) as never });
    expect(attributes).toEqual({ ipAddress: "203.0.113.7" });
  });

  it("of a hostile cookie is read in linear time", async () => {
    const startedAt = performance.now();
    for (const cookie of [
      `;${" ".repeat(16_000)}`,
      "; ".repeat(8_000),
      "__as_aid=".repeat(1_800),
      ";__as_aid=a ".repeat(1_300),
    ]) {
      await tracked(ask({ cookie }));
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("attributes", () => {
  const all = {
    email: "a@b.example",
    phoneNumber: "+64270000000",
    username: "al",
    locale: "de",
    custom: { a: "x", b: 1.5, c: true },
  };

  it("are passed on, fixed or computed", async () => {
    for (const attributes of [all, () => all, async () => all]) {
      const sent = await tracked({ user: "alice", body: {}, ip: undefined }, { attributes });
      expect(sent.attributes).toEqual(all);
    }
  });

  it("that are fixed cannot be changed by a provider for the next request", async () => {
    const harness = createHarness();
    const custom = { limit: 5 };
    const route = harness.route({ attributes: { custom } });
    harness.provider.override("track", (request) => {
      Object.assign((request as { attributes: { custom: object } }).attributes.custom, { limit: 500 });
    });
    await route();
    await route();
    custom.limit = 900;
    await route();
    expect(custom.limit).toBe(900);
    harness.provider.restore();
    await route();
    expect(harness.provider.calls.at(-1)?.request).toMatchObject({ attributes: { custom: { limit: 5 } } });
  });

  it.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "must return an object"],
    ["a text", "x", "must return an object"],
    ["an unknown name", { emailAddress: "a@b.example" }, "a member other than email"],
    ["another user's id", { userId: "bob" }, "a member other than email"],
    ["a key of its own", { idempotencyKey: "k" }, "a member other than email"],
    ["a number for a text", { email: 5 }, "email must be a string"],
    ["an object for a text", { phoneNumber: {} }, "phoneNumber must be a string"],
    ["a text for custom", { custom: "x" }, "custom must be an object"],
  ])("C20: that are computed as %s are a fault that names resolver and field", async (_name, attributes, words) => {
    const { route, events } = createHarness();
    const ask = route({ attributes: () => attributes as never });
    await expect(ask()).rejects.toMatchObject({ code: "resolver_failed", status: 500 });
    expect(events.at(-1)).toMatchObject({
      type: "failure",
      source: "resolver",
      reason: expect.stringMatching(`the attributes resolver.*${words}`) as string,
    });
  });

  it.each<readonly [string, unknown]>([
    ["a list in custom", { custom: { a: [] } }],
    ["NaN in custom", { custom: { a: Number.NaN } }],
    ["F24: more than 16 KiB in custom", { custom: { a: "a".repeat(16_385) } }],
  ])("that are computed as %s are a bad request", async (_name, attributes) => {
    expect(await outcome({ user: "alice", body: {} }, { attributes: () => attributes as never })).toBe(
      "400 request_unresolvable",
    );
  });

  it.each<readonly [string, object, object]>([
    ["null", { email: null, phoneNumber: null, username: null, locale: null, custom: null }, {}],
    ["undefined", { email: undefined, custom: undefined }, {}],
    ["empty", { email: "", phoneNumber: "", username: "", locale: "" }, {}],
    ["null within custom", { custom: { a: null, b: undefined, c: "" } }, { custom: { c: "" } }],
  ])("C20: that are %s are absent, fixed or computed", async (_name, attributes, left) => {
    for (const given of [attributes, () => attributes]) {
      const sent = await tracked({ user: "alice", body: {}, ip: undefined }, { attributes: given as never });
      expect(sent.attributes).toEqual(left);
    }
  });

  it("T33: T43: of a wrong shape are told without their names, which may be the client's", async () => {
    const harness = createHarness();
    await harness.route({ attributes: () => ({ custom: { "canary\n4711": [] } }) as never })();
    const route = harness.route({ attributes: () => ({ "canary\n4711": 1 }) as never });
    await expect(route()).rejects.toMatchObject({ message: expect.not.stringContaining("4711") as string });
    expect(JSON.stringify(harness.events)).not.toContain("4711");
  });

  it.each<readonly [string, string]>([
    ["phoneNumber", "resolver_failed"],
    ["email", "resolver_failed"],
    ["custom.amount", "400 request_unresolvable amount"],
    ["ipAddress", "400 request_unresolvable undefined"],
  ])("C20: that a provider refuses for %s are %s", async (field, expected) => {
    const { provider, route, events } = createHarness();
    provider.override("track", () => {
      throw new ProviderError("provider_refused", `${field} is not as it must be.`, { field });
    });
    const answer = await route()().then(replyOf, ({ code }) => code as string);
    if (typeof answer === "string") expect(answer).toBe(expected);
    else expect(`${answer.status} ${answer.code} ${JSON.parse(answer.body).field}`).toBe(expected);
    expect(events.at(-1)).toMatchObject({ reason: expect.stringContaining(`${field} is not as it must be`) as string });
  });

  it("T40: take odd names in custom for what they are, or leave them out", async () => {
    const custom = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":"c","toString":"t"}');
    delete custom.__proto__;
    const bare = Object.assign(Object.create(null), { a: "x", toString: "t" });
    const sent = await tracked({ user: "alice", body: {} }, { attributes: () => ({ custom: bare }) });
    expect(sent.attributes.custom).toEqual({ a: "x", toString: "t" });
    const hostile = JSON.parse('{"__proto__":"polluted","a":"x"}');
    const { attributes } = await tracked({ user: "alice", body: {} }, { attributes: () => ({ custom: hostile }) });
    expect(attributes.custom).toEqual({ a: "x" });
    expect(Object.getPrototypeOf(attributes.custom)).toBe(Object.prototype);
  });

  it("and bound fields become one record, in which a bound field has one value only", async () => {
    const bind = () => ({ amount: "10.00" });
    const both = { bind, attributes: () => ({ custom: { amount: "10.00", country: "DE" } }) };
    expect((await tracked({ user: "alice", body: {} }, both)).attributes.custom).toEqual({
      amount: "10.00",
      country: "DE",
    });
    for (const amount of ["9.00", 10, true]) {
      const differ = { bind, attributes: () => ({ custom: { amount } }) };
      expect(await outcome({ user: "alice", body: {} }, differ)).toBe("fault 500 resolver_failed");
    }
  });

  it("T40: and bound fields of odd names are joined without touching a prototype", async () => {
    const options = {
      bind: () => ({ constructor: "c" }) as never,
      attributes: { custom: { toString: "t" as never, a: 1 } },
    };
    const { attributes } = await tracked({ user: "alice", body: {} }, options);
    expect(Object.entries(attributes.custom ?? {})).toEqual([
      ["toString", "t"],
      ["a", 1],
      ["constructor", "c"],
    ]);
  });
});

describe("T36: a computed redirectUrl", () => {
  const guard = { redirectOrigins: ["https://bank.example", "http://localhost:3000"] };

  it.each([
    "https://bank.example",
    "https://bank.example/back?x=1#y",
    "http://localhost:3000/",
    "HTTPS://BANK.EXAMPLE/a",
  ])("of a listed origin is passed on: %s", async (url) => {
    const { attributes } = await tracked({ user: "alice", body: {} }, { redirectUrl: async () => url }, guard);
    expect(attributes.redirectUrl).toBe(url);
  });

  it.each([
    "https://evil.example/",
    "https://bank.example.evil.example/",
    "https://bank.example@evil.example/",
    "https://evil.example\\@bank.example/",
    "https://bank.example\\.evil.example",
    "https://user:pass@bank.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:bank.example/",
    "https:/bank.example/",
    "https:\\\\bank.example/",
    "https:/evil.example",
    "https:///evil.example",
    "/back",
    "back",
    "",
    " https://bank.example/",
    "https://bank.example/\n",
    "\u0000https://bank.example/",
    "https://bank.example:8443/",
    "http://bank.example/",
    "javascript:alert(1)//https://bank.example",
    "data:text/html,https://bank.example",
    "https://bank。example.evil/",
    "https://",
    "https://[",
    undefined,
    null,
    5,
    ["https://bank.example/"],
    new URL("https://bank.example/"),
  ])("of any other shape or origin is a bad request: %j", async (url) => {
    expect(await outcome({ user: "alice", body: {} }, { redirectUrl: () => url as never }, guard)).toBe(
      "400 request_unresolvable",
    );
  });

  it("may be fixed, to any origin of the developer's choice", async () => {
    const { attributes } = await tracked({ user: "alice", body: {} }, { redirectUrl: "https://other.example/back" });
    expect(attributes.redirectUrl).toBe("https://other.example/back");
  });
});

describe("an adapter's request", () => {
  it("may be an object of a class, whose header looks at this", async () => {
    class Headers {
      readonly #token = "two tokens";
      header(name: string): string | undefined {
        return name === "action-token" ? this.#token : undefined;
      }
    }
    const harness = createHarness();
    const verdict = await harness.guard.protect("a")(
      Object.assign(
        new Headers(),
        { ...guardRequest(), header: undefined as never },
        { header: Headers.prototype.header },
      ),
    );
    expect(summaryOf(verdict)).toBe("400 action_token_malformed");
  });

  it("that throws is a fault, told as one of the kit", async () => {
    const boom = new Error("boom");
    const harness = createHarness();
    const request = {
      ...guardRequest(),
      header() {
        throw boom;
      },
    };
    await expect(harness.guard.protect("a")(request)).rejects.toMatchObject({
      name: "RequireActionError",
      code: "resolver_failed",
      cause: boom,
    });
    expect(harness.events).toEqual([expect.objectContaining({ type: "failure", source: "resolver", cause: boom })]);
  });
});
