import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { createWebhookVerifier, WEBHOOK_SIGNATURE_HEADER, type WebhookEvent } from "@require-action/authsignal";
import Koa from "koa";

export function createApp(secret: string, act: (event: WebhookEvent) => Promise<void>): Koa {
  const verifyWebhook = createWebhookVerifier({ secret });
  const router = new Router();

  router.post("/webhooks/authsignal", bodyParser({ enableTypes: ["json"], jsonLimit: "1mb" }), async (ctx) => {
    const { event, release } = await verifyWebhook({
      signature: ctx.headers[WEBHOOK_SIGNATURE_HEADER],
      rawBody: ctx.request.rawBody,
    });
    try {
      await act(event);
    } catch (error) {
      // Authsignal sends the event again; without this it would be refused as a replay.
      await release();
      throw error;
    }
    ctx.status = 204;
  });

  const app = new Koa();
  app.use(router.routes());
  return app;
}
