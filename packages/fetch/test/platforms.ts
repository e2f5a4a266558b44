import type { AdapterHarness } from "@require-action/conformance/adapter";
import { createRequireAction as createForBun } from "../src/bun.ts";
import { createRequireAction as createForDeno } from "../src/deno.ts";
import { createRequireAction } from "../src/index.ts";
import { createRequireAction as createForLambda, type LambdaCall, type LambdaEvent } from "../src/lambda.ts";
import { createRequireAction as createForNext } from "../src/next.ts";
import { platformHarness, type TestPlatform } from "./harness.ts";
import { fromResult, toEvent } from "./lambda-gateway.ts";
import type { Received } from "./node-server.ts";

const signedIn = (request: Request): string | null => request.headers.get("x-test-user");
const address = ({ incoming }: Received): string => incoming.socket.remoteAddress ?? "";
const addresses = new WeakMap<Request, string>();

/** Handlers that receive a `Request`, and nothing else that a guard asks. */
const bare = {
  args: (received: Received) => {
    addresses.set(received.request, address(received));
    return [received.request];
  },
  requestOf: (request: Request) => request,
};

/** The platforms whose shape Node can have without them, each with what it hands to handlers. */
export const platforms = {
  "Request → Response": {
    ...bare,
    create: (options) =>
      createRequireAction({ user: signedIn, clientAddress: (request) => addresses.get(request), ...options }),
  },
  Next: {
    ...bare,
    create: (options) =>
      createForNext({ user: signedIn, clientAddress: (request) => addresses.get(request), ...options }),
  },
  "Bun, by its shape": {
    ...bare,
    args: (received) => [received.request, { requestIP: () => ({ address: address(received) }) }],
    create: (options) => createForBun({ user: signedIn, ...options }),
  },
  "Deno, by its shape": {
    ...bare,
    args: (received) => [received.request, { remoteAddr: { transport: "tcp", hostname: address(received), port: 1 } }],
    create: (options) => createForDeno({ user: signedIn, ...options }),
  },
} satisfies Record<string, TestPlatform>;

/** A function behind a gateway that sends events of this version. */
export function lambdaHarness(version: "1.0" | "2.0"): AdapterHarness {
  return platformHarness({
    args: (received, user) => [received, user === undefined ? {} : { user }],
    requestOf: ({ request }) => request,
    create(options) {
      const requireAction = createForLambda(options);
      const { guard, guarded } = requireAction;
      return {
        guard,
        // The outermost guard has the event; another one behind it guards a part of the function.
        guarded: (action: string, own: any, handler: any): any => {
          const guardedFunction = guarded(action, own, (approved, call: LambdaCall) => handler(approved, call));
          const answer = async (received: Received | LambdaCall, user: { user?: string }): Promise<Response> => {
            if ("event" in received)
              return requireAction(received, action, own, (approved) => handler(approved, received));
            const event: LambdaEvent = await toEvent(version, received, user.user);
            return fromResult(await guardedFunction(event));
          };
          return Object.assign(answer, { approved: guardedFunction.approved });
        },
      };
    },
  });
}

const otherResponder = "A Request does not say whether something past its handler has answered.";
const wholeEvent = "The gateway hands the body over whole, and nobody can have read it before.";
const oneFunction = "A function has one guard that can be asked; one within it hands over what it approved.";
const leavingUntold = "The gateway does not tell a function that its client has gone.";
const decodedQuery = "A REST API hands the parameters of the query over decoded, and they mean the same.";

/** Cases of the conformance suite that a `Request` cannot meet. */
export const unknowable: Readonly<Record<string, string>> = {
  "F21: an approval is not used when a time limit has answered already, whole": otherResponder,
  "F21: an approval is not used when a time limit has answered already, in part": otherResponder,
  "F21: a decision of ALLOW that comes when a time limit has answered already, whole, runs no handler and ends no process":
    otherResponder,
  "F21: a decision of ALLOW that comes when a time limit has answered already, in part, runs no handler and ends no process":
    otherResponder,
};

/** Those that Elysia cannot meet either. */
export const unknowableToElysia: Readonly<Record<string, string>> = {
  ...unknowable,
  "T14: an approval is good for the target as received, below a mount point that is taken off the url":
    "Nothing in front of Elysia takes a mount point off: it routes by the url of the request.",
};

/** Those that a function cannot meet either. */
export const unknowableToFunctions: Readonly<Record<string, string>> = {
  ...unknowable,
  "each of several guards on a route tells its own fields": oneFunction,
  "a body that nobody parsed is the application's fault, loudly, and never bound as empty": wholeEvent,
  "a chunked body that nobody parsed is not bound as empty": wholeEvent,
  "a multipart body is not bound whole": wholeEvent,
  "F21: a client that leaves before its approval is used runs no handler, and may come again": leavingUntold,
  "F31: a guard that is stopped waits for nobody whose client has gone, or whom it has answered itself": leavingUntold,
};

/** Those that a function of a REST API cannot meet either. */
export const unknowableToRestApis: Readonly<Record<string, string>> = {
  ...unknowableToFunctions,
  "T14: an approval is good for the target as received, in its own letters and with its query in its own order":
    decodedQuery,
};

const writesOn = "h3 ends or goes on with what something else has begun to answer. No handler runs.";

/** Cases that h3 cannot meet on Node. */
export const unknowableToH3: Readonly<Record<string, string>> = {
  "F21: an approval is not used when a time limit has answered already, in part": writesOn,
  "F21: a decision of ALLOW that comes when a time limit has answered already, in part, runs no handler and ends no process":
    writesOn,
  "F21: a decision of BLOCK that comes when a time limit has answered already, in part, runs no handler and ends no process":
    writesOn,
};

const leavingUnseen =
  "Of the request of the web, h3 1 keeps nothing by which it could be known that its client has gone.";

/** Cases that h3 1 cannot meet off Node. */
export const unknowableToH3OnTheWeb: Readonly<Record<string, string>> = {
  ...unknowable,
  "F21: a client that leaves before its approval is used runs no handler, and may come again": leavingUnseen,
  "F31: a guard that is stopped waits for nobody whose client has gone, or whom it has answered itself": leavingUnseen,
  "T14: an approval is good for the target as received, below a mount point that is taken off the url":
    "h3's requests of the web have the url that their server hands on.",
};

const writesOver = "adapter-node writes its answer over whatever something in front of it has begun. No handler runs.";

/** Cases that SvelteKit cannot meet on Node. */
export const unknowableToSvelteKit: Readonly<Record<string, string>> = {
  ...unknowable,
  "F21: a decision of BLOCK that comes when a time limit has answered already, whole, runs no handler and ends no process":
    writesOver,
  "F21: a decision of BLOCK that comes when a time limit has answered already, in part, runs no handler and ends no process":
    writesOver,
  "F21: a decision of CHALLENGE_REQUIRED that comes when a time limit has answered already, whole, runs no handler and ends no process":
    writesOver,
  "T14: an approval is good for the target as received, below a mount point that is taken off the url":
    "SvelteKit's requests have the url that their server hands on. It is mounted by `paths.base`, which stays in it.",
};
