// What the reference leaves out on purpose.

/** Full names of what needs no documentation. */
export const notDocumented = ["@require-action/express.ActionDecorator.Method"];

/** Types that public signatures of a package mention, and that nobody needs to name. */
export const notExported = {
  "@require-action/authsignal": ["Envelope", "Members"],
  "@require-action/client": ["ApiCall", "MethodOnTheWire"],
  "@require-action/core": [
    "BoundAs",
    "CustomReply",
    "IdValue",
    "Lacking",
    "OptionKinds",
    "Path",
    "ProfileName",
    "RedirectUrl",
    "RefusalReport",
  ],
  "@require-action/engine": [
    "AddressLimits",
    "ChallengeDescription",
    "EnrolledAuthenticator",
    "MatchedLocale",
    "MatchedRule",
    "MessagingTemplates",
    "Operand",
    "OwnTokenTerms",
    "Pair",
    "ProfileField",
    "TrackInput",
    "Variable",
  ],
  "@require-action/express": ["Controller"],
  "@require-action/redis": ["CHECKS", "Fsync", "Persistence"],
  "@require-action/server": [
    "LanguageName",
    "Languages",
    "MessageKey",
    "MessageTextOptions",
    "Theme",
    "WebhookFailure",
    "singleEventTypes",
    "logEventTypes",
  ],
  "@require-action/sql": ["Answer", "CHECKS", "PooledPostgresClient"],
  "@require-action/testing": ["ProviderRequests", "ScriptedReply"],
};
