import { type Sdk, type SdkRequest, unchanged } from "./sdk.ts";
import { membersOf, parseAs, type Shape } from "./shapes.ts";

const texts: Shape = { listOf: "string" };

const authenticator = {
  ...membersOf("string", ["userAuthenticatorId", "userId", "verificationMethod", "email", "phoneNumber"]),
  ...membersOf("string", [
    "username",
    "displayName",
    "createdAt",
    "verifiedAt",
    "lastVerifiedAt",
    "previousSmsChannel",
  ]),
};
const user = membersOf("string", ["username", "displayName", "email", "phoneNumber"]);
const tokens = membersOf("string", ["accessToken", "refreshToken"]);

const post = (path: string, body: object): SdkRequest => ({ method: "POST", path, body });

/** Ids go into paths as they are. */
export const go: Sdk = {
  name: "Go",
  version: "2.2.0",
  headers: { accept: "*/*", "content-type": "application/json", "user-agent": "authsignalgo/v1" },
  // encoding/json: a wrong type is an error, and what is absent is empty.
  read: (shape, json) => parseAs(shape, json, {}),
  errorCode: "errorCode",
  notes: ["puts ids into paths as they are: encode them yourself, or restrict them to what a path can hold"],
  spell: unchanged,
  webhookData: { mapOf: "any" },
  methods: {
    getUser: {
      name: "GetUser",
      request: ({ userId }) => ({ method: "GET", path: `/users/${userId}` }),
      answer: {
        members: {
          ...user,
          isEnrolled: "boolean",
          allowedVerificationMethods: texts,
          enrolledVerificationMethods: texts,
          defaultVerificationMethod: "string",
          custom: "any",
        },
      },
    },
    queryUsers: {
      name: "QueryUsers",
      request: ({ email }) => ({ method: "GET", path: `/users?email=${encodeURIComponent(email)}&limit=5` }),
      answer: {
        members: {
          users: {
            listOf: {
              members: {
                ...membersOf("string", ["userId", "email", "phoneNumber", "username"]),
                ...membersOf("boolean", ["emailVerified", "phoneNumberVerified"]),
              },
            },
          },
          lastEvaluatedUserId: "string",
          tokenPayload: "any",
        },
      },
    },
    updateUser: {
      name: "UpdateUser",
      request: ({ userId, email }) => ({
        method: "PATCH",
        path: `/users/${userId}`,
        body: { custom: { plan: "gold" }, displayName: "Alice", email },
      }),
      answer: { members: { ...user, custom: "any" } },
    },
    deleteUser: { name: "DeleteUser", request: ({ userId }) => ({ method: "DELETE", path: `/users/${userId}` }) },
    getAuthenticators: {
      name: "GetAuthenticators",
      request: ({ userId }) => ({ method: "GET", path: `/users/${userId}/authenticators` }),
      answer: { listOf: { members: authenticator } },
    },
    enrollVerifiedAuthenticator: {
      name: "EnrollVerifiedAuthenticator",
      request: ({ userId, email }) => ({
        method: "POST",
        path: `/users/${userId}/authenticators`,
        body: { verificationMethod: "EMAIL_OTP", email },
      }),
      answer: { members: { authenticator: { members: authenticator }, recoveryCodes: texts } },
    },
    deleteAuthenticator: {
      name: "DeleteAuthenticator",
      request: ({ userId, userAuthenticatorId }) => ({
        method: "DELETE",
        path: `/users/${userId}/authenticators/${userAuthenticatorId}`,
      }),
    },
    track: {
      name: "Track",
      request: ({ userId, action, idempotencyKey }) => ({
        method: "POST",
        path: `/users/${userId}/actions/${action}`,
        body: {
          idempotencyKey,
          // A pointer to a boolean that nobody has set.
          redirectToSettings: null,
          deviceId: "device-1",
          custom: { amount: "25.50", payee: "bob" },
          crypto: { asset: "BTC", assetAmount: 0.5, assetAmountUsd: null },
        },
      }),
      answer: {
        members: {
          ...membersOf("string", ["state", "url", "token", "idempotencyKey", "defaultVerificationMethod"]),
          isEnrolled: "boolean",
          allowedVerificationMethods: texts,
          enrolledVerificationMethods: texts,
        },
      },
    },
    validateChallenge: {
      name: "ValidateChallenge",
      request: ({ token, userId, action }) => ({ method: "POST", path: "/validate", body: { token, userId, action } }),
      answer: {
        members: {
          ...membersOf("string", [
            "state",
            "stateUpdatedAt",
            "userId",
            "action",
            "idempotencyKey",
            "verificationMethod",
          ]),
          isValid: "boolean",
        },
      },
    },
    getAction: {
      name: "GetAction",
      request: ({ userId, action, idempotencyKey }) => ({
        method: "GET",
        path: `/users/${userId}/actions/${action}/${idempotencyKey}`,
      }),
      answer: {
        members: {
          ...membersOf("string", ["state", "createdAt", "stateUpdatedAt", "verificationMethod"]),
          output: "any",
          rules: {
            listOf: { members: { ...membersOf("string", ["ruleId", "name", "description"]), metadata: "any" } },
          },
        },
      },
    },
    updateAction: {
      name: "UpdateAction",
      request: ({ userId, action, idempotencyKey }) => ({
        method: "PATCH",
        path: `/users/${userId}/actions/${action}/${idempotencyKey}`,
        body: { state: "BLOCK" },
      }),
      answer: { members: { state: "string" } },
    },
    challenge: {
      name: "Challenge",
      request: ({ action, email }) => post("/challenge", { verificationMethod: "EMAIL_OTP", action, email }),
      answer: { members: { challengeId: "string", expiresAt: "int64" } },
    },
    verify: {
      name: "Verify",
      request: ({ challengeId, verificationCode }) => post("/verify", { challengeId, verificationCode }),
      answer: {
        members: { ...membersOf("string", ["email", "phoneNumber", "verificationMethod"]), isVerified: "boolean" },
      },
    },
    claimChallenge: {
      name: "ClaimChallenge",
      request: ({ challengeId, userId }) => post("/claim", { challengeId, userId }),
      answer: { members: membersOf("string", ["token", "verificationMethod"]) },
    },
    getChallenge: {
      name: "GetChallenge",
      // The path of the API's address, once more.
      request: ({ challengeId }) => ({
        method: "GET",
        path: `/v1/challenges?${new URLSearchParams({ challengeId }).toString()}`,
      }),
      answer: {
        members: {
          ...membersOf("string", ["challengeId", "verificationMethod", "smsChannel", "phoneNumber", "email", "action"]),
          expiresAt: "int64",
        },
      },
      fault: "the SDK puts the path of its API address in front twice, and asks for `/v1/v1/challenges`",
    },
    createSession: {
      name: "CreateSession",
      request: ({ token }) => post("/sessions", { clientId: "web", token }),
      answer: { members: tokens },
      strictFault: "names no `action`",
    },
    validateSession: {
      name: "ValidateSession",
      request: ({ accessToken }) => post("/sessions/validate", { accessToken, clientIds: ["web"] }),
      answer: { members: { user: { members: { ...user, userId: "string", custom: "any" } }, expiresAt: "int64" } },
    },
    refreshSession: {
      name: "RefreshSession",
      request: ({ refreshToken }) => post("/sessions/refresh", { refreshToken }),
      answer: { members: tokens },
    },
    revokeSession: {
      name: "RevokeSession",
      request: ({ accessToken }) => post("/sessions/revoke", { accessToken }),
    },
    revokeUserSessions: {
      name: "RevokeUserSessions",
      request: ({ userId }) => post("/sessions/user/revoke", { userId }),
    },
  },
};
