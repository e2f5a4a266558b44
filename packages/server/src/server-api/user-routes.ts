import { isId } from "@require-action/core/provider";
import type { Engine, VerifiedAuthenticator } from "@require-action/engine";
import type { UserChanges, UserRecord } from "@require-action/engine/store";
import {
  idOf,
  invalid,
  memberIn,
  optionalFlag,
  pickMembers,
  queryText,
  requiredText,
  userIdOf,
} from "../http/request-fields.ts";
import { backupMethod, preferredMethod, viewAuthenticators } from "../client-api/authenticator-view.ts";
import type { Route } from "../http/router.ts";
import { notSupported } from "./not-supported.ts";
import type { ServerApiContext } from "./server-api-context.ts";

const names: readonly (keyof UserChanges)[] = [
  "email",
  "emailVerified",
  "phoneNumber",
  "phoneNumberVerified",
  "username",
  "displayName",
  "locale",
  "custom",
];
const filters = ["email", "phoneNumber", "username"] as const;

/** Users. @see https://docs.authsignal.com/api-reference/server-api/get-user */
export function userRoutes({ engine }: ServerApiContext): readonly Route[] {
  const { users, support, verificationMethods } = engine;
  const offered = verificationMethods.map(({ name }) => name).filter((name) => name !== backupMethod);

  const update: Route["handle"] = async ({ params, body }) => {
    const given = names.filter((name) => Object.hasOwn(body, name));
    const changes = Object.fromEntries(given.map((name) => [name, memberIn(body, name)]));
    return describeUser(await users.update(userIdOf(params), changes as UserChanges));
  };

  return [
    {
      method: "GET",
      path: "/users",
      async handle({ url }) {
        if (queryText(url, "token") !== undefined) {
          return notSupported("Users are not looked up by ID tokens of Apple or Google.");
        }
        const search = queryText(url, "search");
        if (search !== undefined)
          return { users: (await support.search(search)).map(({ userId, user }) => inList({ userId, ...user })) };
        const given = filters.flatMap((name) => {
          const value = queryText(url, name);
          return value === undefined ? [] : [[name, checked(name, value)] as const];
        });
        if (given.length === 0) throw invalid(`One of ${filters.join(", ")}, search is needed.`);
        const after = queryText(url, "lastEvaluatedUserId");
        const limit = queryText(url, "limit");
        const { items, next } = await users.query({
          ...Object.fromEntries(given),
          ...(after === undefined ? {} : { after: checked("lastEvaluatedUserId", after) }),
          ...(limit === undefined ? {} : { limit: /^\d+$/.test(limit) ? Number(limit) : NaN }),
        });
        return {
          users: items.map(inList),
          ...(next === undefined ? {} : { lastEvaluatedUserId: next }),
        };
      },
    },
    {
      method: "GET",
      path: "/users/:userId",
      async handle({ params }) {
        const userId = userIdOf(params);
        const enrolled = await enrolledMethods(engine, userId);
        return {
          // One who was never heard of is not enrolled, and no error.
          ...describeUser(await users.find(userId)),
          isEnrolled: enrolled.length > 0,
          enrolledVerificationMethods: enrolled,
          allowedVerificationMethods: offered,
          defaultVerificationMethod: preferredMethod(offered, enrolled),
        };
      },
    },
    { method: "PATCH", path: "/users/:userId", handle: update },
    // As Authsignal's Java and Ruby SDKs send it.
    { method: "POST", path: "/users/:userId", handle: update },
    {
      method: "DELETE",
      path: "/users/:userId",
      async handle({ params }) {
        await users.delete(userIdOf(params));
        return { success: true };
      },
    },
  ];
}

/** A user in a list, as Authsignal has them. */
function inList(user: Partial<UserRecord>): object {
  const { userId, email, emailVerified, phoneNumber, phoneNumberVerified, username } = user;
  return {
    userId,
    email,
    emailVerified: emailVerified ?? false,
    phoneNumber,
    phoneNumberVerified: phoneNumberVerified ?? false,
    username,
  };
}

/** A user's attributes, as Authsignal has them. */
export function describeUser(user: Partial<UserRecord> = {}): object {
  const { email, emailVerified, phoneNumber, phoneNumberVerified, username, displayName, locale, custom } = user;
  return {
    email,
    emailVerified: emailVerified ?? false,
    phoneNumber,
    phoneNumberVerified: phoneNumberVerified ?? false,
    username,
    displayName,
    locale,
    custom,
  };
}

function checked(name: string, value: string): string {
  if (!isId(value)) throw invalid(`${name} is of the wrong form.`);
  return value;
}

/** The methods that a user is enrolled with, each once. @throws EngineError `request_invalid` */
export async function enrolledMethods({ authenticators }: Engine, userId: string): Promise<readonly string[]> {
  const methods = (await authenticators.list(userId)).map(({ verificationMethod }) => verificationMethod);
  return [...new Set(methods)].filter((method) => method !== backupMethod);
}

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
      handle: async ({ params }) => viewAuthenticators(engine, await authenticators.list(userIdOf(params))),
    },
    {
      method: "POST",
      path: "/users/:userId/authenticators",
      async handle({ params, body }) {
        const verificationMethod = requiredText(body, "verificationMethod");
        // The page and the engine choose by strength, not by preference.
        optionalFlag(body, "isDefault");
        const given = pickMembers(body, ["email", "phoneNumber", "otpUri", "allowShortSecret"]);
        const verified: VerifiedAuthenticator = { ...given, verificationMethod, withRecoveryCodes: true };
        const userId = userIdOf(params);
        const { userAuthenticatorId, recoveryCodes } = await authenticators.enrollVerified(userId, verified);
        const all = await viewAuthenticators(engine, await authenticators.list(userId));
        return { authenticator: all.find((one) => one.userAuthenticatorId === userAuthenticatorId), recoveryCodes };
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
