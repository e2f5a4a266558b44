/** One endpoint of the Server API: how it is called well, and what members of its body have a type to be wrong in. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Members whose value must be of one type. */
  readonly typed?: readonly string[];
  /** Query parameters that may be given once. */
  readonly query?: readonly string[];
}

const track = [
  "idempotencyKey",
  "redirectUrl",
  "redirectToSettings",
  "userAgent",
  "deviceId",
  "scope",
  "email",
  "phoneNumber",
  "custom",
  "challengeId",
  "customDomain",
];
const user = [
  "email",
  "emailVerified",
  "phoneNumber",
  "phoneNumberVerified",
  "username",
  "displayName",
  "locale",
  "custom",
];
const challenge = [
  "verificationMethod",
  "action",
  "email",
  "userId",
  "challengeId",
  "idempotencyKey",
  "deviceId",
  "userAgent",
  "custom",
  "scope",
];

/** Every endpoint, called for the user alice. */
export const endpoints: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/users",
    query: ["email", "username", "phoneNumber", "search", "limit", "lastEvaluatedUserId", "token"],
  },
  { method: "GET", path: "/users/alice" },
  { method: "PATCH", path: "/users/alice", body: { displayName: "Alice" }, typed: user },
  { method: "POST", path: "/users/alice", body: { displayName: "Alice" }, typed: user },
  { method: "DELETE", path: "/users/alice" },
  { method: "GET", path: "/users/alice/locks" },
  { method: "POST", path: "/users/alice/unlock", body: { reason: "called" }, typed: ["reason", "actor"] },
  {
    method: "POST",
    path: "/users/alice/authenticators/a-1/unlock",
    body: { reason: "called" },
    typed: ["reason", "actor"],
  },
  {
    method: "POST",
    path: "/users/alice/authenticators/a-1/remove",
    body: { reason: "called" },
    typed: ["reason", "actor"],
  },
  { method: "POST", path: "/users/alice/devices/d-1/revoke", body: { reason: "called" }, typed: ["reason", "actor"] },
  { method: "POST", path: "/users/alice/sessions/end", body: { reason: "called" }, typed: ["reason", "actor"] },
  { method: "GET", path: "/users/alice/authenticators" },
  {
    method: "POST",
    path: "/users/alice/authenticators",
    body: { verificationMethod: "EMAIL_OTP", email: "a@bank.example" },
    typed: ["verificationMethod", "email", "isDefault"],
  },
  { method: "DELETE", path: "/users/alice/authenticators/1" },
  { method: "POST", path: "/users/alice/actions/sign-in", body: {}, typed: track },
  { method: "GET", path: "/users/alice/actions", query: ["fromDate", "codes", "state"] },
  { method: "GET", path: "/users/alice/actions/sign-in/key" },
  { method: "PATCH", path: "/users/alice/actions/sign-in/key", body: { state: "BLOCK" }, typed: ["state"] },
  { method: "GET", path: "/users/alice/devices" },
  { method: "PATCH", path: "/users/alice/devices/1", body: { rememberedUntil: null }, typed: ["rememberedUntil"] },
  { method: "POST", path: "/users/alice/devices/1/invalidate" },
  { method: "POST", path: "/validate", body: { token: "x" }, typed: ["token", "userId", "action"] },
  {
    method: "POST",
    path: "/challenge",
    body: { verificationMethod: "EMAIL_OTP", action: "sign-in", email: "a@bank.example" },
    typed: challenge,
  },
  {
    method: "POST",
    path: "/verify",
    body: { challengeId: "x", verificationCode: "123456" },
    typed: ["challengeId", "verificationCode"],
  },
  {
    method: "POST",
    path: "/claim",
    body: { challengeId: "x", userId: "alice" },
    typed: ["challengeId", "userId", "skipVerificationCheck"],
  },
  { method: "GET", path: "/challenges", query: ["challengeId", "userId", "action", "verificationMethod"] },
  {
    method: "POST",
    path: "/challenges",
    body: { challengeId: "x" },
    typed: ["challengeId", "userId", "action", "verificationMethod"],
  },
  {
    method: "POST",
    path: "/sessions",
    body: { clientId: "web", token: "x", action: "sign-in" },
    typed: ["clientId", "token", "action"],
  },
  {
    method: "POST",
    path: "/sessions/validate",
    body: { accessToken: "x", clientIds: ["web"] },
    typed: ["accessToken", "clientIds"],
  },
  { method: "POST", path: "/sessions/refresh", body: { refreshToken: "x" }, typed: ["refreshToken"] },
  { method: "POST", path: "/sessions/revoke", body: { accessToken: "x" }, typed: ["accessToken"] },
  { method: "POST", path: "/sessions/user/revoke", body: { userId: "alice" }, typed: ["userId"] },
  { method: "POST", path: "/call/start", body: {} },
  { method: "POST", path: "/call/finish", body: {} },
  { method: "GET", path: "/authenticators" },
  { method: "POST", path: "/users/authenticators", body: {} },
];
