import { type CallOptions, ProviderError } from "@require-action/core/provider";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authsignal, type AuthsignalProvider } from "../src/index.ts";
import { address, calls, patient, rejection, trackAnswer, withdraw } from "./calls.ts";
import { SECRET } from "./stand-in.ts";
import { elapsedLessMargin } from "@require-action-test/support/timing";
import { createFaultyServer, type Fault, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

/** A deadline, and how far past it a call may settle on a busy machine. */
const DEADLINE_MS = 150;

let server: FaultyServer;
let provider: AuthsignalProvider;
let time = 0;

beforeEach(async () => {
  server = await createFaultyServer();
  time = 1_800_000_000_000;
  provider = authsignal({ apiSecretKey: SECRET, apiUrl: server.origin, clock: { now: () => time } });
});
afterEach(() => server.close());

/** As a guard tells of its deadline. */
function withoutSignal(deadlineMs: number): CallOptions {
  return {
    get signal(): never {
      throw new Error("a signal was made");
    },
    aborted: false,
    onAbort(stop) {
      const timer = setTimeout(stop, deadlineMs);
      return () => clearTimeout(timer);
    },
  };
}

const track = (options = patient()) => provider.track(withdraw, options);

describe("the signal ends a call at every stage", () => {
  const stages: readonly (readonly [string, Fault])[] = [
    ["F1: an answer 5 s late", faults.slow(5_000, faults.json(trackAnswer))],
    ["F2: a server that reads and never answers", faults.silent()],
    ["F3: a body that stalls after the headers", faults.stalledBody()],
  ];
  const deadlines: readonly (readonly [string, () => CallOptions])[] = [
    ["a signal", () => ({ signal: AbortSignal.timeout(DEADLINE_MS) })],
    ["a guard, which makes no signal", () => withoutSignal(DEADLINE_MS)],
  ];
  for (const [stage, fault] of stages) {
    for (const [[name, call], [teller, options]] of calls.flatMap((one) =>
      deadlines.map((other) => [one, other] as const),
    )) {
      it(`${stage}: ${name} fails within the deadline of ${teller}, and a margin`, async () => {
        server.use(fault);
        const ms = await elapsedLessMargin(async () => {
          const error = await rejection(call(provider, options()));
          expect(error).toMatchObject({ code: "provider_unavailable", message: expect.stringContaining("aborted") });
        });
        expect(ms).toBeLessThan(DEADLINE_MS);
      });
    }
  }

  it("F1: waiting for a connection while all are taken, and the call is then never sent", async () => {
    server.use(faults.silent());
    const holders = Array.from({ length: 100 }, (_, holder) => {
      const controller = new AbortController();
      const attributes = { idempotencyKey: `holder-${holder}` };
      return { controller, call: rejection(provider.track({ ...withdraw, attributes }, controller)) };
    });
    await expect.poll(() => server.requests.length).toBe(100);
    const ms = await elapsedLessMargin(() => rejection(track({ signal: AbortSignal.timeout(DEADLINE_MS) })));
    expect(ms).toBeLessThan(DEADLINE_MS);
    expect(server.connections, "connections are bounded").toBe(100);

    for (const { controller } of holders) controller.abort();
    await Promise.all(holders.map(({ call }) => call));
    server.use(faults.json({ ...trackAnswer, idempotencyKey: "after" }));
    await provider.track({ ...withdraw, attributes: { idempotencyKey: "after" } }, patient());
    const keys = server.requests.map(({ body }) => JSON.parse(body).idempotencyKey);
    expect(keys).toContain("after");
    expect(keys).not.toContain("key-1");
  });

  it("F10: one call's signal does not end another's", async () => {
    server.use(faults.slow(50, faults.json(trackAnswer)));
    const fast = Array.from({ length: 20 }, () => track());
    await rejection(track({ signal: AbortSignal.timeout(10) }));
    expect(await Promise.all(fast)).toHaveLength(20);
  });
});

describe("F4: a body", () => {
  it("without end is refused at 64 KiB, and its connection dropped", async () => {
    let closed = false;
    server.use((response, request) => {
      response.on("close", () => (closed = true));
      faults.endlessBody()(response, request);
    });
    expect(await rejection(track())).toMatchObject({ code: "provider_answer_invalid" });
    await expect.poll(() => closed).toBe(true);
  });

  it("of 64 KiB is read", async () => {
    const text = JSON.stringify(trackAnswer);
    server.use(faults.raw(text.padEnd(64 * 1024)));
    expect((await track()).state).toBe("ALLOW");
    server.use(faults.raw(text.padEnd(64 * 1024 + 1)));
    expect(await rejection(track())).toMatchObject({ code: "provider_answer_invalid" });
  });
});

describe("F5: an error answer is final", () => {
  for (const { status, code } of [
    ...[400, 404, 409, 413, 418, 422].map((status) => ({ status, code: "provider_refused" })),
    ...[401, 402, 403, 408, 500, 502, 503, 504].map((status) => ({ status, code: "provider_unavailable" })),
  ]) {
    it(`T50: ${status} is ${code}, asked once`, async () => {
      server.use(faults.json({ error: "invalid_request" }, { status }));
      expect(await rejection(track())).toMatchObject({
        code,
        message: expect.stringContaining(`${status} (invalid_request)`),
      });
      expect(await rejection(provider.validateChallenge({ ...address, token: "t" }, patient()))).toBeInstanceOf(
        ProviderError,
      );
      expect(server.requests).toHaveLength(2);
    });
  }

  it.each<readonly [string, object, string | undefined, string]>([
    [
      "names it with its reason",
      { field: "custom.amount" },
      "custom.amount",
      "(invalid_request): amount is no decimal",
    ],
    ["of an odd reason names it alone", { field: "email", errorDescription: "a\nb" }, "email", "(invalid_request)"],
    ["names none, as of Authsignal", {}, undefined, "(invalid_request)"],
    ["names one of odd letters", { field: "a\nb" }, undefined, "(invalid_request)"],
    ["names one too long", { field: "x".repeat(101) }, undefined, "(invalid_request)"],
  ])("C60: an answer about a field that %s", async (_name, members, field, ending) => {
    const body = { error: "invalid_request", errorDescription: "amount is no decimal", ...members };
    server.use(faults.json(body, { status: 400 }));
    const error = await rejection(track());
    expect(error).toMatchObject({ code: "provider_refused", field });
    expect((error as Error).message.endsWith(ending)).toBe(true);
  });

  it("T50: a 403 of a firewall's, which a client's input can bring about, opens nothing", async () => {
    for (const refusal of [
      faults.raw("<html>blocked</html>", { status: 403, headers: { "content-type": "text/html" } }),
      faults.json({ message: "Forbidden" }, { status: 403 }),
    ]) {
      server.use(refusal);
      expect(await rejection(track())).toMatchObject({ code: "provider_refused" });
    }
  });

  it.each([404, 405, 410])(
    "S21: a %i of another server's is a mistake in apiUrl, and opens nothing",
    async (status) => {
      for (const answer of [
        faults.raw("<html>nothing here</html>", { status, headers: { "content-type": "text/html" } }),
        faults.json({ message: "Not Found" }, { status }),
        // As a server of this API says it of a path that it does not have, below a wrong `apiUrl`.
        faults.json({ error: "not_found", errorCode: "not_found", errorDescription: "no such endpoint" }, { status }),
      ]) {
        server.use(answer);
        const error = await rejection(track());
        expect(error).toMatchObject({ code: "provider_misconfigured", status: 503 });
        expect(error).toMatchObject({ message: expect.stringContaining("apiUrl") });
      }
    },
  );

  it("names the likely mistake behind a 401", async () => {
    server.use(faults.json({ error: "unauthorized" }, { status: 401 }));
    expect(await rejection(track())).toMatchObject({ message: expect.stringContaining("apiSecretKey") });
  });

  it("takes a 404 of Authsignal's, and no other, for an action it does not know", async () => {
    const getAction = () => provider.getAction(address, patient());
    server.use(faults.json({ error: "invalid_request" }, { status: 404 }));
    expect(await getAction()).toBeUndefined();
    server.use(faults.json({ message: "Not Found" }, { status: 404 }));
    expect(await rejection(getAction())).toBeInstanceOf(ProviderError);
    server.use(faults.raw("<html>", { status: 404, headers: { "content-type": "text/html" } }));
    expect(await rejection(getAction())).toBeInstanceOf(ProviderError);
  });
});

describe("F6: Retry-After", () => {
  const date = "Mon, 23 Nov 2026 05:00:00 GMT";
  const values: readonly (readonly [string, number | undefined])[] = [
    ["30", 30],
    ["0", 1],
    ["99999999", 3600],
    ["Mon, 23 Nov 2026 05:00:45 GMT", 45],
    ["Mon, 23 Nov 2026 04:00:00 GMT", 1],
    ["soon", undefined],
    ["-1", undefined],
  ];
  for (const status of [429, 503]) {
    for (const [value, seconds] of values) {
      it(`of a ${status}, "${value}", is told as ${seconds}`, async () => {
        server.use(faults.json({ error: "too_many_requests" }, { status, headers: { date, "retry-after": value } }));
        expect(await rejection(track())).toMatchObject({ retryAfterSeconds: seconds });
      });
    }
  }

  it("of a 500 says nothing", async () => {
    server.use(faults.json({}, { status: 500, headers: { "retry-after": "30" } }));
    expect(await rejection(track())).toMatchObject({ retryAfterSeconds: undefined });
  });

  it("of a 429 holds off that call for that user, until it has passed", async () => {
    server.use(faults.json(trackAnswer));
    server.useNext(faults.json({}, { status: 429, headers: { "retry-after": "30" } }));
    await rejection(track());
    time += 10_000;
    expect(await rejection(track())).toMatchObject({ code: "provider_busy", retryAfterSeconds: 20 });
    expect(server.requests).toHaveLength(1);
    expect((await provider.track({ ...withdraw, userId: "bob" }, patient())).state).toBe("ALLOW");
    time += 20_000;
    expect((await track()).state).toBe("ALLOW");
  });

  it("of a 429 is forgotten when the clock is set back", async () => {
    server.use(faults.json(trackAnswer));
    server.useNext(faults.json({}, { status: 429, headers: { "retry-after": "30" } }));
    await rejection(track());
    time -= 3_600_000;
    expect((await track()).state).toBe("ALLOW");
  });
});

describe("F8: a connection that breaks", () => {
  const breaks: readonly (readonly [string, Fault])[] = [
    ["reset", faults.reset()],
    ["closed", faults.hangUp()],
  ];
  for (const [how, fault] of breaks) {
    it(`F33: ${how} before an answer has track sent once more, with the same key`, async () => {
      server.use(faults.json(trackAnswer));
      server.useNext(fault);
      expect((await track()).state).toBe("ALLOW");
      expect(server.requests.map(({ body }) => JSON.parse(body).idempotencyKey)).toEqual(["key-1", "key-1"]);
    });

    for (const [name, call] of calls) {
      it(`${how} again and again gives ${name} up after the second time`, async () => {
        server.use(fault);
        expect(await rejection(call(provider, patient()))).toMatchObject({ code: "provider_unavailable" });
        expect(server.requests).toHaveLength(2);
      });
    }
  }

  it("is kept for the calls that follow", async () => {
    server.use(faults.json(trackAnswer));
    for (let call = 0; call < 10; call += 1) await track();
    // A call made as the last one ends finds its connection taken still.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it("during the answer is final", async () => {
    server.use(faults.truncated(JSON.stringify(trackAnswer)));
    expect(await rejection(track())).toMatchObject({ message: expect.stringContaining("broke off") });
    expect(server.requests).toHaveLength(1);
  });

  it("with bytes that are not HTTP is final", async () => {
    server.use(faults.garbage());
    expect(await rejection(track())).toBeInstanceOf(ProviderError);
    expect(server.requests).toHaveLength(1);
  });

  it("is not used again once the signal is aborted", async () => {
    const controller = new AbortController();
    server.use((response, request) => {
      controller.abort();
      faults.reset()(response, request);
    });
    await rejection(track(controller));
    expect(server.requests).toHaveLength(1);
  });

  it("is refused when nobody listens", async () => {
    await server.close();
    expect(await rejection(track())).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
  });

  it("cannot be made to a name that does not resolve", async () => {
    const lost = authsignal({ apiSecretKey: SECRET, apiUrl: "https://authsignal.invalid" });
    expect(await rejection(lost.track(withdraw, patient()))).toMatchObject({ code: "provider_unavailable" });
  });

  it("while it idles costs no call and no second action, 200 times", async () => {
    const answered = new Set<string>();
    // Closes each connection about when the next request is on its way, without having announced it.
    server.use((response, request) => {
      const { idempotencyKey } = JSON.parse(request.body);
      const { socket } = response;
      response.setHeader("connection", "keep-alive");
      response.on("finish", () => setTimeout(() => socket?.resetAndDestroy(), Number(answered.size % 3)));
      answered.add(idempotencyKey);
      faults.json({ ...trackAnswer, idempotencyKey })(response, request);
    });
    for (let call = 0; call < 200; call += 1) {
      const attributes = { idempotencyKey: `key-${call}` };
      expect((await provider.track({ ...withdraw, attributes }, patient())).idempotencyKey).toBe(`key-${call}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(answered.size).toBe(200);
  });
});

describe("T35: a redirect", () => {
  for (const status of [301, 302, 303, 307, 308] as const) {
    it(`${status} is not followed`, async () => {
      const stranger = await createFaultyServer();
      stranger.use(faults.json(trackAnswer));
      server.use(faults.redirect(status, `${stranger.origin}/users/alice/actions/withdraw-funds`));
      for (const [, call] of calls) {
        expect(await rejection(call(provider, patient()))).toMatchObject({
          message: expect.stringContaining("redirects"),
        });
      }
      expect(stranger.requests).toEqual([]);
      await stranger.close();
    });
  }
});
