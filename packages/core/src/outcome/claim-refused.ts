import { RequireActionError } from "../reply/errors.ts";
import { Refusal, renderRefusal, type Reply } from "../reply/refusal.ts";

/**
 * What `claim` throws at a handler that must not go on. Each framework's own error handling answers with its status: Express
 * and Koa read `status` and `expose`, Fastify and Nest `statusCode`, Hono `getResponse`.
 */
export class ClaimRefused extends RequireActionError {
  override readonly name: string = "ClaimRefused";
  readonly statusCode: number;
  /** The complete answer, as the guard would have given it. */
  readonly reply: Reply;

  constructor(code: "action_token_used" | "action_token_expired") {
    super(code);
    this.statusCode = this.status;
    this.reply = renderRefusal(new Refusal(code, this.message));
  }

  /** The reply for Hono's error handling. */
  getResponse(): Response {
    const { status, headers, body } = this.reply;
    return new Response(body, { status, headers });
  }
}
