import type { ServerResponse } from "node:http";
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from "@nestjs/common";
import { ClaimRefused, errorCatalog } from "@require-action/core";
import type { Reply } from "@require-action/core/adapter";

/**
 * What a guard throws where a request does not go on. A filter that is nearer to the method than `RequireAction` may catch it
 * and answer otherwise; the challenge's token is only in `reply`, which no logger reads by itself.
 */
export class ActionRefused extends HttpException {
  override readonly name: string = "ActionRefused";
  readonly #reply: Reply;

  constructor(reply: Reply) {
    super({ statusCode: reply.status, code: reply.code, message: errorCatalog[reply.code].title }, reply.status);
    this.#reply = reply;
  }

  /** The complete answer. */
  get reply(): Reply {
    return this.#reply;
  }
}

/** Fastify's reply, as far as it is needed. */
interface FastifyReply {
  readonly raw: ServerResponse;
  code(status: number): FastifyReply;
  headers(headers: Reply["headers"]): FastifyReply;
  send(body: Buffer): unknown;
}

/** Writes the reply of a guard, or of a claim that a handler lost, where exception filters of the application would write their own. */
export class ActionRefusedFilter implements ExceptionFilter<ActionRefused | ClaimRefused> {
  catch({ reply: { status, headers, body } }: ActionRefused | ClaimRefused, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse | FastifyReply>();
    // Something else, such as a time limit, has answered meanwhile; writing a second answer would throw where nobody catches.
    if (("raw" in response ? response.raw : (response as ServerResponse)).headersSent) return;
    if ("writeHead" in response) response.writeHead(status, headers).end(body);
    // Bytes, as Fastify would add a charset to the type of a text.
    else response.code(status).headers(headers).send(Buffer.from(body));
  }
}
Catch(ActionRefused, ClaimRefused)(ActionRefusedFilter);
