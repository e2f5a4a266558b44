import { execFile } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CodeMessage } from "@require-action/engine";
import { createMessageTexts } from "@require-action/server";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { createSmsSender } from "./sms-sender.ts";
import { createSmtpSender } from "./smtp-sender.ts";

const message: CodeMessage = {
  to: "alice@bank.example",
  code: "123456",
  purpose: "challenge",
  idempotencyKey: "key",
  userId: "alice",
  action: "withdraw-funds",
  custom: { amount: "250.00", payee: "DE89370400440532013000" },
  expiresAt: Date.now() + 5 * 60_000,
};
const never = new AbortController().signal;
const texts = createMessageTexts({ dataPoints: () => new Map() }, { appName: "Acme Bank" });
const text = /Your code is 123456\.[^]*Withdraw funds\s+Amount: 250\.00\s+Payee: DE89370400440532013000/;

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: any;
}

/** A gateway that answers every request with a status, or never. */
async function gateway(status: number | "silence", answer: object = {}): Promise<{ url: URL; received: Received[] }> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      received.push({ url: request.url, headers: request.headers, body: JSON.parse(body) });
      if (status === "silence") return;
      const headers = { "content-type": "application/json", location: "http://127.0.0.1:9/elsewhere" };
      response.writeHead(status, headers).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closes.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`), received };
}

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: unknown;
  readonly secure: boolean;
  readonly content: string;
}

async function smtpServer(options: { readonly refuses?: boolean; readonly hidesTls?: boolean } = {}): Promise<{
  readonly url: string;
  readonly mails: Mail[];
}> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: options.hidesTls ? ["STARTTLS"] : [],
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onRcptTo: (_address, _session, done) =>
      options.refuses ? done(Object.assign(new Error("no such mailbox"), { responseCode: 550 })) : done(),
    onData(stream, { envelope, user, secure }, done) {
      let content = "";
      stream.on("data", (chunk) => (content += String(chunk)));
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), user, secure, content });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closes.push(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  // The server's certificate is its own.
  return { url: `smtp://bank:sesame@127.0.0.1:${port}/?tls.rejectUnauthorized=false`, mails };
}

describe("nodemailer, to an SMTP server", () => {
  it("sends the code and what it approves, encrypted, to one mailbox", async () => {
    const { url, mails } = await smtpServer();
    await createSmtpSender(url, "codes@bank.example", texts)(message, never);
    expect(mails).toEqual([
      {
        from: "codes@bank.example",
        to: ["alice@bank.example"],
        user: "bank",
        secure: true,
        content: expect.stringMatching(text),
      },
    ]);
  });

  it("sends nothing to a second address that an address contains", async () => {
    const { url, mails } = await smtpServer();
    const to = "alice@bank.example, mallory@evil.example";
    await createSmtpSender(url, "codes@bank.example", texts)({ ...message, to }, never).catch(() => undefined);
    expect(mails.flatMap((mail) => mail.to)).not.toContain("mallory@evil.example");
  });

  it("rejects where the mailbox is refused, or nothing would be encrypted", async () => {
    const refusing = await smtpServer({ refuses: true });
    await expect(createSmtpSender(refusing.url, "codes@bank.example", texts)(message, never)).rejects.toThrow();
    const plain = await smtpServer({ hidesTls: true });
    await expect(createSmtpSender(plain.url, "codes@bank.example", texts)(message, never)).rejects.toThrow();
    expect(plain.mails).toEqual([]);
  });
});

describe("an SMS gateway", () => {
  const sms = { ...message, to: "+4915112345678" };

  it("is given the number and the text, with the key", async () => {
    const { url, received } = await gateway(202);
    await createSmsSender(url, "key", "Bank", texts)(sms, never);
    expect(received).toMatchObject([
      {
        url: "/messages",
        headers: { authorization: "Bearer key" },
        body: { from: "Bank", to: "+4915112345678", text: texts.sms(sms) },
      },
    ]);
  });

  it.each([500, 401, 307])("rejects at %i, without the code in the error", async (status) => {
    const { url, received } = await gateway(status, { echo: "123456" });
    const error = await createSmsSender(url, "key", "Bank", texts)(sms, never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String((error as Error).stack)).not.toContain("123456");
    expect(received).toHaveLength(1);
  });

  it("is given up on when the engine gives up", async () => {
    const { url, received } = await gateway("silence");
    const giveUp = new AbortController();
    const sent = createSmsSender(url, "key", "Bank", texts)(sms, giveUp.signal);
    await expect.poll(() => received.length).toBe(1);
    giveUp.abort();
    await expect(sent).rejects.toThrow("abort");
  });
});

describe("Amazon SES", () => {
  /** Resolves to `sent`, or the name of the error. */
  async function sendBySes(endpoint: string, giveUpAfterMs?: number): Promise<string> {
    const child = fileURLToPath(new URL("ses-child.ts", import.meta.url));
    const args = ["--import", "tsx", child, JSON.stringify({ endpoint, message, giveUpAfterMs })];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return stdout.trim();
  }

  it("is given the message, signed", async () => {
    const { url, received } = await gateway(200, { MessageId: "1" });
    expect(await sendBySes(url.origin)).toBe("sent");
    expect(received).toMatchObject([
      {
        url: "/v2/email/outbound-emails",
        headers: { authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\//) },
        body: {
          FromEmailAddress: "codes@bank.example",
          Destination: { ToAddresses: ["alice@bank.example"] },
          Content: { Simple: { Body: { Text: { Data: expect.stringMatching(text) } } } },
        },
      },
    ]);
  });

  it("rejects where SES refuses, and when the engine gives up", async () => {
    const refusing = await gateway(400, { __type: "MessageRejected", message: "Email address is not verified." });
    expect(await sendBySes(refusing.url.origin)).toBe("MessageRejected");
    const silent = await gateway("silence");
    expect(await sendBySes(silent.url.origin, 500)).toMatch(/Abort|Timeout/);
  });
});
