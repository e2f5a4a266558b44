// Compiled by `npm run typecheck`, and not run.
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Context as ElysiaContext } from "elysia";
import type { H3Event } from "h3";
import type { H3Event as H3Event1 } from "h3v1";
import { expectTypeOf } from "vitest";
import type { createRequireAction as createForBun } from "../src/bun.ts";
import type { createRequireAction as createForElysia } from "../src/elysia.ts";
import type { createRequireAction as createForH3, H3GuardOptions } from "../src/h3.ts";
import { createRequireAction, type FetchGuardOptions, type RequireAction } from "../src/index.ts";
import type { createRequireAction as createForLambda, LambdaGuardOptions, LambdaResult } from "../src/lambda.ts";

declare const requireAction: RequireAction;
declare const options: Omit<FetchGuardOptions<any>, "user">;
declare const h3Options: H3GuardOptions<any>;
declare const lambdaOptions: LambdaGuardOptions<any>;

class NextRequestLike extends Request {
  readonly cookies: ReadonlyMap<string, string> = new Map();
}

function handlers(): void {
  const bind = async (request: Request) => ({ amount: String((await request.json()).amount) });
  const POST = requireAction.guarded(
    "withdraw-funds",
    { bind },
    (approved, request: NextRequestLike, { params }: { params: Promise<{ account: string }> }) => {
      expectTypeOf(approved.bound).toEqualTypeOf<{ readonly amount: string }>();
      expectTypeOf(approved.userId).toBeString();
      return Response.json([request.cookies.get("a"), params]);
    },
  );
  expectTypeOf(POST).parameters.toEqualTypeOf<[native: NextRequestLike, { params: Promise<{ account: string }> }]>();
  expectTypeOf(POST).returns.resolves.toEqualTypeOf<Response>();
  expectTypeOf(POST.approved(new NextRequestLike("x:")).bound).toEqualTypeOf<{ readonly amount: string }>();
  requireAction.guarded("close-account", {}, (approved) => {
    // @ts-expect-error -- no field is bound
    void approved.bound;
    return new Response();
  });
  // @ts-expect-error -- a nested object
  requireAction.guarded("a", { bind: () => ({ payee: { iban: "" } }) }, () => new Response());
  // @ts-expect-error -- a handler of the web answers with a Response
  requireAction.guarded("a", {}, () => ({ done: true }));
  const inline = requireAction(new Request("x:"), "a", { bind, observe: true }, (approved) => {
    expectTypeOf(approved.bound).toEqualTypeOf<{ readonly amount: string } | undefined>();
    return new Response();
  });
  expectTypeOf(inline).resolves.toEqualTypeOf<Response>();
  // @ts-expect-error -- nothing says who is signed in
  createRequireAction(options);
}

/** The frameworks' own objects are what their adapters take. */
function frameworks(
  h3: typeof createForH3,
  elysia: typeof createForElysia,
  lambda: typeof createForLambda,
  bun: typeof createForBun,
): void {
  h3<H3Event>(h3Options).guarded("a", { bind: async ({ url }) => ({ path: url.pathname }) }, (_a, event) => {
    expectTypeOf(event).toEqualTypeOf<H3Event>();
    return new Response();
  });
  h3<H3Event1>(h3Options).guarded("a", { bind: ({ path }) => ({ path }) }, () => new Response());
  elysia<ElysiaContext>(options).guarded("a", { bind: ({ path }) => ({ path }) }, () => new Response());
  const handler = lambda<APIGatewayProxyEventV2>(lambdaOptions).guarded(
    "a",
    { bind: ({ event }) => ({ path: event.rawPath }) },
    () => new Response(),
  );
  expectTypeOf(handler).parameter(0).toEqualTypeOf<APIGatewayProxyEventV2>();
  expectTypeOf(handler).returns.resolves.toEqualTypeOf<LambdaResult>();
  // @ts-expect-error -- Bun's requests come from the application, and so do their users
  bun(options);
}

export const types = [handlers, frameworks];
