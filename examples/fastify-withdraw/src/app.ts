import type { RequestListener } from "node:http";
import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Withdrawal,
} from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { requireActionPlugin } from "@require-action/fastify";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";

type Ordered = FastifyRequest<{ Body: Omit<Withdrawal, "userId"> }>;

/** The bank as a Fastify application: sign in, see the balance, withdraw. */
export async function createApp(options: AppOptions): Promise<RequestListener> {
  const app = await createFastifyApp(options);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

/** The same, before it answers requests. */
export async function createFastifyApp(options: AppOptions): Promise<FastifyInstance> {
  const { url, provider, bank, sessions, sealSecrets, auth, guard } = options;
  const app = fastify();
  const session = (request: FastifyRequest) => sessions.find(request.headers.cookie);
  const serveAuth = toNodeHandler(auth);

  await app.register(requireActionPlugin, {
    provider,
    sealSecrets,
    user: (request) => session(request)?.userId,
    session: (request) => session(request)?.id,
    ...guard,
  });

  app.register(async (scope) => {
    // It reads bodies itself, and answers on the raw response.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all("/auth/*", async (request, reply) => {
      reply.hijack();
      await serveAuth(request.raw, reply.raw);
    });
  });

  for (const path of pagePaths) {
    app.get(path, async (_request, reply) => {
      const { headers, body } = readPageFile(path);
      return reply.headers(headers).send(body);
    });
  }

  app.post<{ Body: { user?: unknown } | undefined }>("/session", async ({ body }, reply) => {
    if (!isUserName(body?.user)) return reply.code(400).send({ error: "user must be a name such as alice" });
    return reply.header("set-cookie", sessions.signIn(body.user)).send({ user: body.user });
  });

  app.get("/balance", async (request, reply) => {
    const userId = session(request)?.userId;
    if (!userId) return reply.code(401).send({ error: "sign in first" });
    return { user: userId, balance: bank.balance(userId), currency: "EUR" };
  });

  const withdrawal = app.requireAction("withdraw-funds", {
    bind: ({ body }: Ordered) => ({ ...body }),
    attributes: ({ body }: Ordered) => ({ custom: { payeeCountry: body.payee.slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });
  app.post<{ Body: Omit<Withdrawal, "userId"> }>(
    "/withdrawals",
    {
      preValidation: async (request, reply) => {
        const order = parseWithdrawal(request.body);
        if (typeof order === "string") return reply.code(400).send({ error: order });
        request.body = order;
      },
      preHandler: withdrawal,
    },
    async (request, reply) => {
      const { userId, bound, release } = withdrawal.approved(request);
      if (!bank.withdraw({ userId, ...bound })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        return reply.code(422).send({ error: "insufficient funds" });
      }
      return { withdrawn: bound.amount, balance: bank.balance(userId) };
    },
  );

  return app;
}
