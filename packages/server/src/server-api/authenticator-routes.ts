import type { VerifiedAuthenticator } from "@require-action/engine";
import type { Route } from "../http/router.ts";
import { idOf, optionalFlag, pickMembers, requiredText, userIdOf } from "../http/request-fields.ts";
import type { ServerApiContext } from "./server-api-context.ts";

/** Users' authenticators. @see https://docs.authsignal.com/api-reference/server-api/enroll-verified-authenticator */
export function authenticatorRoutes({ engine }: ServerApiContext): readonly Route[] {
  const { authenticators, verificationMethods } = engine;
  return [
    {
      // What the tenant offers. Authsignal's command line asks for it to see whether its key is right.
      method: "GET",
      path: "/authenticators",
      handle: async () => verificationMethods.map(({ name }) => ({ verificationMethod: name, isActive: true })),
    },
    {
      method: "GET",
      path: "/users/:userId/authenticators",
      handle: ({ params }) => authenticators.list(userIdOf(params)),
    },
    {
      method: "POST",
      path: "/users/:userId/authenticators",
      async handle({ params, body }) {
        const verificationMethod = requiredText(body, "verificationMethod");
        // The page and the engine choose by strength, not by preference.
        optionalFlag(body, "isDefault");
        const given = pickMembers(body, ["email", "phoneNumber", "otpUri"]);
        const verified: VerifiedAuthenticator = { ...given, verificationMethod };
        return { authenticator: await authenticators.enrollVerified(userIdOf(params), verified) };
      },
    },
    {
      method: "DELETE",
      path: "/users/:userId/authenticators/:userAuthenticatorId",
      async handle({ params }) {
        await authenticators.remove(userIdOf(params), idOf(params, "userAuthenticatorId"));
        return { success: true };
      },
    },
  ];
}
