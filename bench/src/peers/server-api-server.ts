import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers every `track` as Authsignal's Server API does, at once: what is left to measure is who asks. */
const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    const { idempotencyKey } = JSON.parse(Buffer.concat(chunks).toString()) as { idempotencyKey: string };
    res.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        state: "ALLOW",
        idempotencyKey,
        isEnrolled: true,
        token: "x".repeat(400),
        url: `https://mfa.authsignal.com/${"x".repeat(400)}`,
        enrolledVerificationMethods: ["PASSKEY", "AUTHENTICATOR_APP"],
        allowedVerificationMethods: ["PASSKEY", "AUTHENTICATOR_APP", "EMAIL_OTP"],
        defaultVerificationMethod: "PASSKEY",
        ruleIds: [],
      }),
    );
  });
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send!({ port: (server.address() as AddressInfo).port });
