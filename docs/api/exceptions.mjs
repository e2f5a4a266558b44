// What the reference leaves out on purpose.

// Said where it is said for users: at the engine's `Store`, which this repeats.
const storeVerbs = [
  "gather record findAction listActions transition findUser listUsers updateUser deleteUser listDevices updateDevice",
  "addAuthenticator listAuthenticators findCredential activateAuthenticator updateAuthenticator deleteAuthenticator",
  "putChallenge findChallenge takeChallenge countAttempt resetAttempts appendEvent listEvents",
].join(" ");

// The engine's records, as the suite for stores sees them.
const storedRecords = "Action ActionKey Authenticator Challenge Device Event Page User UserChanges";

/** Full names of what needs no documentation. */
export const notDocumented = [
  ...storeVerbs.split(" ").map((verb) => `@require-action/testing/conformance.ConformingStore.${verb}`),
  "@require-action/express.ActionDecorator.Method",
];

/** Types that public signatures of a package mention, and that nobody needs to name. */
export const notExported = {
  "@require-action/authsignal": ["Envelope", "Members"],
  "@require-action/engine": ["MatchedRule", "MessagingTemplates", "Operand", "Pair", "TrackInput", "Variable"],
  "@require-action/express": ["Controller"],
  "@require-action/redis": ["SetOptions"],
  "@require-action/sql": ["PooledPostgresClient"],
  "@require-action/testing": [
    "Paging",
    "ProviderRequests",
    "ScriptedReply",
    ...storedRecords.split(" ").map((name) => `Stored${name}`),
  ],
};
