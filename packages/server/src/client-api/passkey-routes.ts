import type { Engine } from "@require-action/engine";
import { EngineError } from "@require-action/engine";
import { viewVerification } from "./authenticator-view.ts";
import { bearerToken, browserOf, hasBearerToken, requireTenant } from "./credentials.ts";
import type { Route, RoutedRequest } from "../http/router.ts";

const METHOD = "PASSKEY";
/** The action of a sign-in that names none, as autofill has it. The policy must name it too. */
const SIGN_IN_ACTION = "sign-in";

/** The endpoints for passkeys: with a token for its user, and with the tenant alone for whoever the passkey says. */
export function passkeyRoutes({ challenges, passkeySignIn, users }: Engine, tenantId: string): readonly Route[] {
  const registrationOptions: Route["handle"] = async ({ request, body }) => {
    const { challengeId, options } = await challenges.enroll(
      bearerToken(request, tenantId),
      METHOD,
      body,
      browserOf(request),
    );
    return { challengeId, options };
  };

  const register: Route["handle"] = async ({ request, body: { registrationCredential, resultKeyHash } }) => {
    const token = bearerToken(request, tenantId);
    const verification = await challenges.verify(token, METHOD, registrationCredential, { resultKeyHash });
    const { userId, userAuthenticatorId } = verification.userAuthenticator ?? {};
    return { ...(await viewVerification(verification)), userId, userAuthenticatorId };
  };

  const begin: Route["handle"] = async ({ request, body: { action, idempotencyKey } }) => {
    requireTenant(request, tenantId);
    const { challengeId } = passkeySignIn.begin(action, idempotencyKey);
    return { challengeId };
  };

  const authenticationOptions: Route["handle"] = async ({ request, body: { challengeId } }) => {
    if (hasBearerToken(request)) return challenges.send(bearerToken(request, tenantId), METHOD);
    requireTenant(request, tenantId);
    return challengeId === undefined || challengeId === null
      ? passkeySignIn.begin(SIGN_IN_ACTION)
      : passkeySignIn.options(challengeId);
  };

  const complete = async ({ request, body }: RoutedRequest): ReturnType<typeof challenges.verify> => {
    const { authenticationCredential, challengeId, deviceId, resultKeyHash } = body;
    if (hasBearerToken(request)) {
      return challenges.verify(bearerToken(request, tenantId), METHOD, authenticationCredential, { resultKeyHash });
    }
    requireTenant(request, tenantId);
    return passkeySignIn.complete(challengeId, authenticationCredential, {
      deviceId: typeof deviceId === "string" ? deviceId : undefined,
      ...browserOf(request),
    });
  };

  return [
    // The SDK appends `/web` to have the challenge in a cookie. Ours is bound to the token, or carries its own proof.
    ...["", "/web"].flatMap((suffix): Route[] => [
      { method: "POST", path: `/challenge${suffix}`, handle: begin },
      {
        method: "POST",
        path: `/user-authenticators/passkey/registration-options${suffix}`,
        handle: registrationOptions,
      },
      {
        method: "POST",
        path: `/user-authenticators/passkey/authentication-options${suffix}`,
        handle: authenticationOptions,
      },
    ]),
    { method: "POST", path: "/user-authenticators/passkey", handle: register },
    {
      method: "GET",
      path: "/user-authenticators/passkey",
      async handle({ request, url }) {
        requireTenant(request, tenantId);
        const found = await passkeySignIn.find((url.searchParams.get("credentialIds") ?? "").split(","));
        if (found === undefined) throw new EngineError("not_found", "None of these passkeys can be used here.");
        return found;
      },
    },
    {
      method: "POST",
      path: "/verify/passkey",
      async handle(routed) {
        const verification = await complete(routed);
        if (verification.userId === undefined) return verification;
        const { username, displayName: userDisplayName } = (await users.find(verification.userId)) ?? {};
        return { ...verification, username, userDisplayName };
      },
    },
  ];
}
