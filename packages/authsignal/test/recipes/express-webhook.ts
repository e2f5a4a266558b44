import { createWebhookVerifier, WEBHOOK_SIGNATURE_HEADER, type WebhookEvent } from "@require-action/authsignal";
import express, { type Express } from "express";

export function createApp(secret: string, act: (event: WebhookEvent) => Promise<void>): Express {
  const verifyWebhook = createWebhookVerifier({ secret });
  const app = express();

  // Mount it before any other body parser: the signature is over the bytes that were sent.
  app.post("/webhooks/authsignal", express.raw({ type: () => true, limit: "1mb" }), async (req, res) => {
    const { event, release } = await verifyWebhook({
      signature: req.headers[WEBHOOK_SIGNATURE_HEADER],
      rawBody: req.body,
    });
    try {
      await act(event);
    } catch (error) {
      // Authsignal sends the event again; without this it would be refused as a replay.
      await release();
      throw error;
    }
    res.sendStatus(204);
  });

  return app;
}
