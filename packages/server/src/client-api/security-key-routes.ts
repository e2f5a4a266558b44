import type { Engine } from "@require-action/engine";
import type { Route } from "../http/router.ts";
import { viewVerification } from "./authenticator-view.ts";
import { bearerToken, browserOf } from "./credentials.ts";

const METHOD = "SECURITY_KEY";
const PATH = "/user-authenticators/security-key";

/** The endpoints for security keys. Unlike those for passkeys they wrap nothing: options and answers are the whole body. */
export function securityKeyRoutes({ challenges }: Engine, tenantId: string): readonly Route[] {
  const route = (path: string, handle: Route["handle"]): Route => ({ method: "POST", path, handle });
  const verify: Route["handle"] = async ({ request, body }) =>
    viewVerification(await challenges.verify(bearerToken(request, tenantId), METHOD, body));

  return [
    route(`${PATH}/registration-options`, async ({ request, body }) => {
      const { options } = await challenges.enroll(bearerToken(request, tenantId), METHOD, body, browserOf(request));
      return options;
    }),
    route(PATH, verify),
    route(`${PATH}/authentication-options`, async ({ request }) => {
      const { options } = await challenges.send(bearerToken(request, tenantId), METHOD);
      return options;
    }),
    route("/verify/security-key", verify),
  ];
}
