import * as ai from "@require-action/ai";
import * as authsignal from "@require-action/authsignal";
import * as core from "@require-action/core";
import * as coreAdapter from "@require-action/core/adapter";
import * as coreAgents from "@require-action/core/agents";
import * as coreOptions from "@require-action/core/options";
import * as coreProvider from "@require-action/core/provider";
import * as engine from "@require-action/engine";
import * as enginePolicy from "@require-action/engine/policy";
import * as engineServer from "@require-action/engine/server";
import * as engineStore from "@require-action/engine/store";
import * as express from "@require-action/express";
import * as fastify from "@require-action/fastify";
import * as fetchAdapter from "@require-action/fetch";
import * as hono from "@require-action/hono";
import * as koa from "@require-action/koa";
import * as mcp from "@require-action/mcp";
import * as nestjs from "@require-action/nestjs";
import * as openTelemetry from "@require-action/opentelemetry";
import * as parked from "@require-action/parked";
import * as parkedBullmq from "@require-action/parked/bullmq";
import * as parkedGraphileWorker from "@require-action/parked/graphile-worker";
import * as parkedPgBoss from "@require-action/parked/pg-boss";
import * as parkedJobs from "@require-action/parked/jobs";
import * as redis from "@require-action/redis";
import * as server from "@require-action/server";
import * as clientApi from "@require-action/server/client-api";
import * as securityEvents from "@require-action/server/security-events";
import * as consoleOidc from "@require-action/server/oidc";
import * as webPush from "@require-action/server/web-push";
import * as sql from "@require-action/sql";
import * as testing from "@require-action/testing";
import { describe, expect, it } from "vitest";

const secret = "a secret of at least thirty-two bytes";
const provider = testing.createScriptedProvider();
const guardOptions = { provider, sealSecrets: [secret], ledger: core.createMemoryLedger() };
const engineOptions = {
  policy: { actions: { "withdraw-funds": { defaultOutcome: "ALLOW" } } },
  secrets: [secret],
  issuer: "bank",
  baseUrl: "https://bank.example",
};
const bank = engine.createEngine(engineOptions as never);
const serverOptions = { apiSecrets: ["an-api-secret-for-tests"], tenantId: "bank" };

/** A factory, or a call that declares something, as applications use it. */
interface Factory {
  readonly declare: (options: unknown) => unknown;
  /** Options that are right as far as they go: what is wrong is added to them. */
  readonly right?: object;
  /** An option whose last letter is left out: with its path where it is one of another option's. */
  readonly misspelt: readonly (readonly [path: string, meant: string])[];
  /** Options of a wrong type, by path. */
  readonly mistyped: Readonly<Record<string, object>>;
  /** As messages name it; the key of the table by default. */
  readonly named?: string;
}

const guardCases = {
  right: guardOptions,
  misspelt: [
    ["sealSecret", "sealSecrets"],
    ["redirectOrigin", "redirectOrigins"],
    ["deadlineMs.decisio", "deadlineMs.decision"],
    ["resilience.breaker.treshold", "resilience.breaker.threshold"],
    ["onUnavailable.provder", "onUnavailable.provider"],
  ],
  mistyped: {
    sealSecrets: { sealSecrets: secret },
    "deadlineMs.ledger": { deadlineMs: { ledger: "250" } },
    resilience: { resilience: [] },
    provider: { provider: { track: true } },
  },
} as const satisfies Omit<Factory, "declare">;

const withUser = { ...guardOptions, user: () => undefined };

const agentCases = {
  misspelt: [
    ["inbx", "inbox"],
    ["maxage", "maxAge"],
  ],
  mistyped: { inbox: { inbox: {} }, waitMs: { waitMs: -1 }, maxAge: { maxAge: "600" } },
} as const satisfies Omit<Factory, "declare">;

const actionCases = {
  named: 'requireAction("withdraw-funds")',
  misspelt: [
    ["binds", "bind"],
    ["verificationMethod", "verificationMethods"],
    ["maxage", "maxAge"],
    ["attributes.phoneNumbr", "attributes.phoneNumber"],
  ],
  mistyped: {
    maxAge: { maxAge: "600" },
    "verificationMethods[0]": { verificationMethods: ["TOTP"] },
    observe: { observe: "yes" },
    "attributes.email": { attributes: { email: 7 } },
  },
} as const satisfies Omit<Factory, "declare">;

const guard = core.createGuard({ ...guardOptions, user: () => "alice" });
const adapted = (module: { createRequireAction: (options: never) => unknown }): Factory => ({
  ...guardCases,
  named: "createRequireAction",
  declare: (options) => module.createRequireAction(options as never),
});
const routeOf = (module: { createRequireAction: (options: never) => (action: string, options: never) => unknown }) => {
  const requireAction = module.createRequireAction(guardOptions as never);
  return { ...actionCases, declare: (options: unknown) => requireAction("withdraw-funds", options as never) };
};
const databaseCases = {
  misspelt: [
    ["schem", "schema"],
    ["queryTimeout", "queryTimeoutMs"],
    ["preparedStatement", "preparedStatements"],
    ["checks.synchronousComit", "checks.synchronousCommit"],
  ],
  mistyped: {
    preparedStatements: { preparedStatements: "no" },
    "checks.fsync": { checks: { fsync: "off" } },
    schema: { schema: "Bank" },
    migrate: { migrate: "yes" },
    queryTimeoutMs: { queryTimeoutMs: "2s" },
  },
} as const;
const sqliteCases = {
  misspelt: [
    ["migrat", "migrate"],
    ["busyTimeout", "busyTimeoutMs"],
    ["checks.jornal", "checks.journal"],
  ],
  mistyped: {
    "checks.journal": { checks: { journal: "warning" } },
    migrate: { migrate: 1 },
    busyTimeoutMs: { busyTimeoutMs: -1 },
  },
} as const;
const redisCases = {
  misspelt: [
    ["prefx", "prefix"],
    ["commandTimeout", "commandTimeoutMs"],
    ["checks.persistance", "checks.persistence"],
    ["checks.evicton", "checks.eviction"],
  ],
  mistyped: {
    prefix: { prefix: "a b" },
    checks: { checks: "warn" },
    "checks.persistence": { checks: { persistence: true } },
    persistence: { persistence: "none" },
    fsync: { fsync: true },
    allowEviction: { allowEviction: 1 },
  },
} as const;

const factories: Readonly<Record<string, Factory>> = {
  createGuard: {
    ...guardCases,
    right: { ...guardOptions, user: () => "alice" },
    declare: (options) => core.createGuard(options as never),
  },
  "guard.protect": { ...actionCases, declare: (options) => guard.protect("withdraw-funds", options as never) },
  "guard.action": {
    ...actionCases,
    misspelt: [["maxAg", "maxAge"]],
    mistyped: { maxAge: { maxAge: "600" } },
    declare: (options) => guard.action("withdraw-funds", options as never),
  },
  "guard.stop": {
    declare: (options) => core.createGuard({ ...guardOptions, user: () => "alice" }).stop(options as never),
    misspelt: [["within", "withinMs"]],
    mistyped: { withinMs: { withinMs: "1s" } },
  },
  createMemoryLedger: {
    declare: (options) => core.createMemoryLedger(options as never),
    misspelt: [["maxClaim", "maxClaims"]],
    mistyped: { maxClaims: { maxClaims: "many" }, clock: { clock: Date.now } },
  },
  createEngine: {
    declare: (options) => engine.createEngine(options as never),
    right: engineOptions,
    misspelt: [
      ["secret", "secrets"],
      ["delivery.sendEmal", "delivery.sendEmail"],
      ["passkeys.rpI", "passkeys.rpId"],
      ["limits.attempt", "limits.attempts"],
      ["facts.i", "facts.ip"],
    ],
    mistyped: {
      policy: { policy: 7 },
      "secrets[0]": { secrets: ["short"] },
      delivery: { delivery: "smtp" },
      store: { store: Promise.resolve(engine.createMemoryStore()) },
      reviewerGroups: { reviewerGroups: ["finance"] },
      "facts.ip.provides[0]": { facts: { ip: { provides: ["country"], lookUp: () => undefined } } },
    },
  },
  createMemoryStore: {
    declare: (options) => engine.createMemoryStore(options as never),
    misspelt: [
      ["limit", "limits"],
      ["limits.action", "limits.actions"],
    ],
    mistyped: { limits: { limits: 3 }, "limits.users": { limits: { users: "3" } } },
  },
  publishPolicy: {
    declare: (options) =>
      enginePolicy.publishPolicy(
        engine.createMemoryStore(),
        { actions: { pay: { defaultOutcome: "ALLOW" } } },
        options as never,
      ),
    misspelt: [
      ["expect", "expected"],
      ["actr", "actor"],
    ],
    mistyped: { actor: { actor: "" }, expected: { expected: -1 }, clock: { clock: 7 } },
  },
  createServer: {
    declare: (options) => server.createServer(bank, options as never),
    right: serverOptions,
    misspelt: [
      ["apiSecret", "apiSecrets"],
      ["page.appNam", "page.appName"],
      ["page.acent", "page.accent"],
      ["page.logo.widt", "page.logo.width"],
      ["page.message", "page.messages"],
      ["console.reviewer", "console.reviewers"],
      ["dev.isLocl", "dev.isLocal"],
    ],
    mistyped: {
      allowedOrigins: { allowedOrigins: "https://app.example" },
      "page.appName": { page: { appName: 7 } },
      "page.accent": { page: { accent: "red" } },
      "page.supportUrl": { page: { supportUrl: "javascript:alert(1)" } },
      "console.reviewers[0].id": { console: { reviewers: [{ id: "", passwordHash: "x" }] } },
      "delivery.sendSms": { delivery: { sendSms: "twilio" } },
    },
  },
  createMessageTexts: {
    declare: (options) => server.createMessageTexts(bank, options as never),
    right: { appName: "Acme Bank" },
    misspelt: [["message", "messages"]],
    mistyped: { appName: { appName: "" }, messages: { messages: "de" }, clock: { clock: {} } },
  },
  createOutbox: {
    declare: (options) => server.createOutbox(options as never),
    misspelt: [["limt", "limit"]],
    mistyped: { limit: { limit: 0 }, onEntry: { onEntry: "log" } },
  },
  createWebhooks: {
    declare: (options) => server.createWebhooks(options as never),
    right: {
      apiSecrets: ["a server api secret".replaceAll(" ", "-")],
      tenantId: "bank",
      store: engine.createMemoryStore(),
    },
    misspelt: [["event", "events"]],
    mistyped: { url: { url: "http://bank.example" }, events: { events: [] }, onAttempt: { onAttempt: "log" } },
  },
  createClientApi: {
    declare: (options) => clientApi.createClientApi(bank, options as never),
    right: { tenantId: "bank" },
    misspelt: [["allowedOrigin", "allowedOrigins"]],
    mistyped: { tenantId: { tenantId: 7 }, basePath: { basePath: "v1" }, enrollmentUser: { enrollmentUser: "alice" } },
  },
  createWebPushNotices: {
    declare: (options) => webPush.createWebPushNotices(options as never),
    right: {
      vapid: {
        subject: "mailto:ops@bank.example",
        // The pair of RFC 8291 section 5.
        publicKey: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        privateKey: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
      },
      texts: { approval: () => undefined },
      subscriptionsOf: () => [],
      onGone: () => undefined,
    },
    misspelt: [
      ["localesOf", "localeOf"],
      ["vapid.subjects", "vapid.subject"],
    ],
    mistyped: {
      "vapid.privateKey": {
        vapid: { subject: "mailto:ops@bank.example", publicKey: "B".repeat(87), privateKey: secret },
      },
      texts: { texts: {} },
      onGone: { onGone: "delete" },
      clock: { clock: {} },
    },
  },
  createConsoleOidc: {
    declare: (options) => consoleOidc.createConsoleOidc(options as never),
    right: {
      issuer: "https://idp.example",
      clientId: "console",
      clientSecret: secret,
      consoleUrl: "https://bank.example/console",
      reviewers: [{ id: "bob", subject: "bob-at-idp", role: "decide", userIds: [] }],
    },
    misspelt: [
      ["clientSecrets", "clientSecret"],
      ["groups.claims", "groups.claim"],
    ],
    mistyped: {
      issuer: { issuer: "http://idp.example" },
      clientSecret: { clientSecret: "" },
      consoleUrl: { consoleUrl: "http://bank.example/console" },
      reviewers: { reviewers: [] },
      "reviewers[0].subject": { reviewers: [{ id: "bob", subject: 7, userIds: [] }] },
      "reviewers[0].role": { reviewers: [{ id: "bob", subject: "bob-at-idp", userIds: [], role: "admin" }] },
      scopes: { scopes: "groups" },
      maxAgeSeconds: { maxAgeSeconds: -1 },
      acrValues: { acrValues: [] },
    },
  },
  createSecurityEventReceiver: {
    declare: (options) => securityEvents.createSecurityEventReceiver(bank, options as never),
    right: {
      issuer: "https://idp.example",
      audience: "https://bank.example",
      jwks: { keys: [] },
      user: () => undefined,
    },
    misspelt: [["audiance", "audience"]],
    mistyped: {
      issuer: { issuer: "" },
      jwks: { jwks: [] },
      jwksUrl: { jwksUrl: "http://idp.example/jwks.json" },
      authorization: { authorization: 7 },
      user: { user: "alice" },
      onReceived: { onReceived: "log" },
    },
  },
  authsignal: {
    declare: (options) => authsignal.authsignal(options as never),
    right: { apiSecretKey: "secret" },
    misspelt: [["apiURL", "apiUrl"]],
    mistyped: { apiUrl: { apiUrl: "eu" }, apiSecretKey: { apiSecretKey: "a b" } },
  },
  createWebhookVerifier: {
    declare: (options) => authsignal.createWebhookVerifier(options as never),
    right: { secret: "secret" },
    misspelt: [["toleranceSecond", "toleranceSeconds"]],
    mistyped: { toleranceSeconds: { toleranceSeconds: "300" }, seen: { seen: {} } },
  },
  createRedisLedger: { ...redisCases, declare: (options) => redis.createRedisLedger({} as never, options as never) },
  createRedisAttempts: {
    ...redisCases,
    declare: (options) => redis.createRedisAttempts({} as never, options as never),
  },
  createPostgresInboxStore: {
    ...databaseCases,
    declare: (options) => sql.createPostgresInboxStore({} as never, options as never),
  },
  createPostgresLedger: {
    ...databaseCases,
    declare: (options) => sql.createPostgresLedger({} as never, options as never),
  },
  createPostgresStore: {
    ...databaseCases,
    misspelt: [...databaseCases.misspelt, ["retention.actionMs", "retention.actionsMs"], ["readPol", "readPool"]],
    mistyped: { ...databaseCases.mistyped, readPool: { readPool: "postgres://replica" } },
    declare: (options) => sql.createPostgresStore({} as never, options as never),
  },
  migratePostgres: {
    misspelt: [["schem", "schema"]],
    mistyped: { schema: { schema: "Bank" } },
    declare: (options) => sql.migratePostgres({} as never, options as never),
  },
  createSqliteLedger: { ...sqliteCases, declare: (options) => sql.createSqliteLedger({} as never, options as never) },
  createSqliteInboxStore: {
    ...sqliteCases,
    declare: (options) => sql.createSqliteInboxStore({} as never, options as never),
  },
  createSqliteStore: {
    ...sqliteCases,
    misspelt: [...sqliteCases.misspelt, ["retention.auditM", "retention.auditMs"]],
    declare: (options) => sql.createSqliteStore({} as never, options as never),
  },
  createScriptedProvider: {
    declare: (options) => testing.createScriptedProvider(options as never),
    misspelt: [["clok", "clock"]],
    mistyped: { clock: { clock: 7 } },
  },
  createInbox: {
    declare: (options) => coreAgents.createInbox(options as never),
    right: { pageUrl: "https://bank.example/approvals", store: coreAgents.createMemoryInboxStore(), secrets: [secret] },
    misspelt: [
      ["secret", "secrets"],
      ["noticePerUser", "noticesPerUser"],
    ],
    mistyped: {
      store: { store: { insert() {} } },
      "secrets[0]": { secrets: ["short"] },
      notify: { notify: "e-mail" },
      noticesPerUser: { noticesPerUser: 0 },
      on: { on: {} },
    },
  },
  createMemoryInbox: {
    declare: (options) => coreAgents.createMemoryInbox(options as never),
    right: { pageUrl: "https://bank.example/approvals" },
    misspelt: [["returnUr", "returnUrl"]],
    mistyped: { pageUrl: { pageUrl: "/approvals" }, limitPerUser: { limitPerUser: 0 }, clock: { clock: 7 } },
  },
  createAgentAction: {
    ...agentCases,
    declare: (options) => coreAgents.createAgentAction(core.createGuard(withUser), "withdraw-funds", options as never),
  },
  guardTool: {
    ...agentCases,
    declare: (options) =>
      mcp.guardTool(core.createGuard(withUser), "withdraw-funds", options as never, () => ({ content: [] })),
  },
  guardExecute: {
    ...agentCases,
    declare: (options) => ai.guardExecute(core.createGuard(withUser), "withdraw-funds", options as never, () => 1),
  },
  createMemoryQueue: {
    declare: (options) => parked.createMemoryQueue(options as never),
    misspelt: [["clok", "clock"]],
    mistyped: { clock: { clock: 7 } },
  },
  createParkedWorker: {
    declare: (options) => parked.createParkedWorker(parked.createMemoryQueue(), options as never),
    right: {
      guard: core.createGuard(withUser),
      ledger: { within: () => core.createMemoryLedger() },
      transaction: () => {},
      actions: { "withdraw-funds": () => {} },
    },
    misspelt: [
      ["concurency", "concurrency"],
      ["onEror", "onError"],
    ],
    mistyped: {
      guard: { guard: {} },
      ledger: { ledger: core.createMemoryLedger() },
      transaction: { transaction: {} },
      actions: { actions: { "withdraw-funds": "pay" } },
      concurrency: { concurrency: 0 },
      onError: { onError: true },
    },
  },
  openPgBossJobs: {
    declare: (options) =>
      parkedJobs.openPgBossJobs({ query: async () => ({ rows: [], rowCount: 0 }) }, options as never),
    misspelt: [["shema", "schema"]],
    mistyped: { schema: { schema: 7 }, name: { name: "" } },
  },
  openGraphileWorkerJobs: {
    declare: (options) =>
      parkedJobs.openGraphileWorkerJobs({ query: async () => ({ rows: [], rowCount: 0 }) }, options as never),
    right: {},
    misspelt: [
      ["schem", "schema"],
      ["nam", "name"],
    ],
    mistyped: { schema: { schema: 7 }, name: { name: "" } },
  },
  createBullmqQueue: {
    declare: (options) => parkedBullmq.createBullmqQueue({ add: async () => {} }, options as never),
    right: { openWorker: () => {} },
    misspelt: [["openWorkr", "openWorker"]],
    mistyped: { openWorker: { openWorker: {} } },
  },
  createGraphileWorkerQueue: {
    declare: (options) =>
      parkedGraphileWorker.createGraphileWorkerQueue(
        {
          addJob: async () => ({ id: "1" }),
          completeJobs: async () => [],
          forceUnlockWorkers: async () => {},
          withPgClient: async () => [] as never,
        },
        options as never,
      ),
    right: { run: () => {} },
    misspelt: [
      ["rum", "run"],
      ["nam", "name"],
      ["schem", "schema"],
      ["expireInSecond", "expireInSeconds"],
      ["pollingIntervalM", "pollingIntervalMs"],
    ],
    mistyped: {
      run: { run: {} },
      name: { name: "" },
      schema: { schema: 7 },
      expireInSeconds: { expireInSeconds: 0 },
      pollingIntervalMs: { pollingIntervalMs: 1 },
    },
  },
  createPgBossQueue: {
    declare: (options) =>
      parkedPgBoss.createPgBossQueue(
        {
          createQueue: async () => {},
          getQueue: async () => ({ policy: "short" }),
          send: async () => null,
          fetch: async () => [],
          deleteJob: async () => {},
          fail: async () => {},
        },
        options as never,
      ),
    misspelt: [
      ["nam", "name"],
      ["expireInSecond", "expireInSeconds"],
      ["pollingIntervalM", "pollingIntervalMs"],
    ],
    mistyped: {
      name: { name: "a b" },
      expireInSeconds: { expireInSeconds: 0 },
      pollingIntervalMs: { pollingIntervalMs: 1 },
    },
  },
  "createRequireAction of Express": adapted(express),
  "createRequireAction of Koa": adapted(koa),
  "createRequireAction of Fastify": adapted(fastify),
  "createRequireAction of Hono": {
    ...adapted(hono),
    misspelt: [...guardCases.misspelt, ["clientAdress", "clientAddress"]],
    mistyped: { ...guardCases.mistyped, clientAddress: { clientAddress: "127.0.0.1" } },
  },
  "createRequireAction of fetch": {
    ...adapted(fetchAdapter),
    right: { ...guardOptions, user: () => "alice" },
    misspelt: [...guardCases.misspelt, ["clientAdress", "clientAddress"], ["bodyLimt", "bodyLimit"]],
    mistyped: {
      ...guardCases.mistyped,
      clientAddress: { clientAddress: "127.0.0.1" },
      bodyLimit: { bodyLimit: "1mb" },
    },
  },
  "requireAction of Express": routeOf(express as never),
  "requireAction of Koa": routeOf(koa as never),
  "requireAction of Fastify": routeOf(fastify as never),
  "requireAction of Hono": routeOf(hono as never),
  "guarded of fetch": {
    ...actionCases,
    declare: (options) =>
      fetchAdapter
        .createRequireAction({ ...guardOptions, user: () => "alice" })
        .guarded("withdraw-funds", options as never, () => new Response()),
  },
};

/** Functions that take no options of their own, or hand them on to a factory of the table. */
const others: ReadonlySet<string> = new Set([
  // Plain values in, plain values out.
  "openBullmqJobs",
  "createMemoryInboxStore",
  "readPushSubscription",
  "approvedAction",
  "assertActionPassed",
  "attachGuard",
  "bareCopy",
  "bareOptions",
  "createHmacSha256",
  "canonicalJson",
  "compilePolicy",
  "createActionDecorator",
  "createAddressLimits",
  // The factory of its adapter reads the options.
  "createAgentTool",
  "createEventLog",
  "createHoldOff",
  "createIpSource",
  "createKeyedHashes",
  "createLoadWatch",
  "createManualClock",
  "createNullProtoRecord",
  "createOwnTokens",
  "decideByFacts",
  "declareAction",
  "declareOwn",
  "createStartCheck",
  "declaring",
  "defineChecks",
  "defineOptions",
  "definePolicy",
  "deliver",
  "deriveKey",
  "duplicateNames",
  "eventIdOf",
  "orElse",
  "settle",
  "whenSettled",
  "findDuplicateName",
  "hasDuplicateName",
  "fromIncomingMessage",
  "guardDescription",
  "findPageMistakes",
  "hashPassword",
  "helpUrl",
  "importAuthsignalRules",
  "invalidToken",
  "isAborted",
  "whenAborted",
  "isActionCode",
  "isEqual",
  "isId",
  "isLoopbackHost",
  "isProduction",
  "isPromiseLike",
  "isSameAddress",
  "isSecureWebOrigin",
  "joinKey",
  "lengthPrefixed",
  "matchLocale",
  "maskedAddress",
  "matchesFormat",
  "mayApprove",
  "memberOf",
  "migrateSqlite",
  "nearest",
  "networkOf",
  "neverAnswers",
  "oldestVelocityPart",
  "openTelemetry",
  "ownObject",
  "ownStrictObject",
  "deviceCookie",
  "parseClientAddress",
  "parseGetActionAnswer",
  "parseProfileField",
  "parseRedirectUrl",
  "parseTrack",
  "parseTrackAnswer",
  "parseValidateChallengeAnswer",
  "isJsonType",
  "mediaTypeOf",
  "passesOver",
  "pathText",
  "pickFields",
  "readDeviceId",
  "policyWarnings",
  "proxyTrust",
  "readOptions",
  "readTypedCode",
  "readyToken",
  "receivedTarget",
  "shownFields",
  "toNodeHandler",
  "toResponse",
  "unknowableRules",
  "velocityPart",
  "verificationMethodMeant",
  "warnIfOneOfSeveral",
  "whenResponseEnded",
  // Nest and Fastify call the factory that reads the options when the application starts.
  "ApprovedAction",
  "RequireAction",
  "requireActionPlugin",
]);

const modules = {
  ai,
  authsignal,
  core,
  coreAdapter,
  coreAgents,
  coreOptions,
  coreProvider,
  engine,
  enginePolicy,
  engineServer,
  engineStore,
  express,
  fastify,
  fetchAdapter,
  hono,
  koa,
  mcp,
  nestjs,
  openTelemetry,
  parked,
  parkedBullmq,
  parkedGraphileWorker,
  parkedPgBoss,
  parkedJobs,
  redis,
  server,
  clientApi,
  securityEvents,
  consoleOidc,
  webPush,
  sql,
  testing,
};

async function wrongOption(declare: () => unknown): Promise<core.ConfigurationError> {
  try {
    await declare();
  } catch (error) {
    if (error instanceof core.ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

/** The options that a path leads to, with a value at its end. */
function at(path: string, value: unknown, right: object): object {
  const [first = "", ...rest] = path.split(".");
  const inner = (right as Readonly<Record<string, object | undefined>>)[first] ?? {};
  return { ...right, [first]: rest.length === 0 ? value : at(rest.join("."), value, inner) };
}

describe.each(Object.entries(factories))("C27: the options of %s", (key, factory) => {
  const { declare, right = {}, misspelt, mistyped, named = key } = factory;

  it.each(misspelt)("do not include %s, but %s", async (path, meant) => {
    const error = await wrongOption(() => declare(at(path, undefined, right)));
    expect(error.message).toBe(`configuration_invalid: ${named}: ${path}: is not an option; did you mean ${meant}?`);
  });

  it.each(Object.entries(mistyped))("have a type: %s", async (path, options) => {
    const error = await wrongOption(() => declare({ ...right, ...options }));
    expect([error.declaration, error.option]).toEqual([named, path]);
    expect(error.problem).toMatch(/^(?:must|is not|is a promise|is empty|has)\b/);
  });

  it.each([null, "options", 7, true, [], [right], new Map(), Promise.resolve(right), () => right])(
    "are an object: not %s",
    async (options) => {
      const error = await wrongOption(() => declare(options));
      expect([error.declaration, error.option]).toEqual([named, "options"]);
      expect(error.problem).toMatch(/^(?:must be an object|is a promise; await it first)$/);
    },
  );

  it("are read where a class or a shared object declares them, and nowhere else", async () => {
    const [[path, meant] = ["", ""]] = misspelt.filter(([one]) => !one.includes("."));
    const shared = Object.create({ ...right, [path]: undefined }) as object;
    expect((await wrongOption(() => declare(shared))).problem).toBe(`is not an option; did you mean ${meant}?`);
  });

  it("may have a getter that throws", async () => {
    const options = Object.defineProperty({ ...right }, "broken", {
      enumerable: true,
      get: () => {
        throw new TypeError("canary");
      },
    });
    const error = await wrongOption(() => declare(options));
    expect(error.problem).toBe("cannot be read, as a getter throws");
    expect(error.message).not.toContain("canary");
  });
});

describe("every function of a package", () => {
  const names = Object.values(modules).flatMap((module) =>
    Object.entries(module as Readonly<Record<string, unknown>>)
      .filter(([, value]) => typeof value === "function" && !/^class\b/.test(String(value)))
      .map(([name]) => name),
  );

  it("reads its options by the one reader, or has none", () => {
    const listed = new Set(Object.keys(factories).map((key) => key.split(" ", 1)[0]));
    expect([...new Set(names)].filter((name) => !listed.has(name) && !others.has(name))).toEqual([]);
  });

  it("is named only while it is there", () => {
    expect([...others].filter((name) => !names.includes(name))).toEqual([]);
  });
});
