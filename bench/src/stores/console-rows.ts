const DAY = 24 * 60 * 60_000;
/** The span that all actions are spread over. */
const DAYS = 30;
/** The last so many actions are open reviews. */
const OPEN = 5_000;
const USERS = 100_000;

/** A user of ten actions or fewer, and the one of every tenth action. */
export const QUIET_USER = "user-99999";
export const BUSY_USER = "user-busy";

/** How a database writes JSON: its functions for an object and for an array. */
interface JsonFunctions {
  readonly object: string;
  readonly array: string;
}

/** Rows of one table: an expression for the document of the n-th one, and which `n` have one. */
interface Rows {
  readonly table: "actions" | "audit" | "authenticators" | "devices" | "users";
  readonly document: string;
  readonly where: string;
  /** `n` runs from 1 to this. */
  readonly most: number;
}

/**
 * What a console shows of a million actions of 30 days: 5,000 open reviews, one action in 33 that was approved, rejected, or has
 * expired with or without that having been recorded; one in five challenged and mostly passed, with two events each; and 100,000 users,
 * of whom one has a tenth of all actions.
 */
export function consoleRows({ object, array }: JsonFunctions, actions: number, now: number): readonly Rows[] {
  const at = `(${now} - (${actions} - n) * ${Math.max(1, Math.floor((DAYS * DAY) / actions))})`;
  const isOpen = `n > ${actions - OPEN}`;
  const isReviewed = `(${isOpen} OR n % 33 = 0)`;
  const isChallenged = `(n % 10 IN (7, 8) AND NOT ${isReviewed})`;
  const isPassed = `(${isChallenged} AND n % 60 < 48)`;
  const method = "CASE n % 4 WHEN 0 THEN 'PASSKEY' ELSE 'SMS' END";
  const user = `CASE WHEN n % 10 = 0 THEN '${BUSY_USER}' ELSE 'user-' || (n % ${USERS}) END`;
  const reviewer = "CASE WHEN n % 99 = 0 OR n % 198 = 33 THEN 'rita' END";
  // Open ones end within three days from now; the others have ended.
  const endsAt = `CASE WHEN ${isOpen} THEN ${now} + 3600000 + (n * 7919 % ${OPEN}) * 51000 ELSE ${at} + ${DAY / 24} END`;
  const rule = `${object}('ruleId', 'rule-' || (n % 12), 'name', 'An amount above what is usual', 'type', CASE WHEN ${isReviewed} THEN 'REVIEW' ELSE 'CHALLENGE' END)`;
  const action = `${object}('userId', ${user}, 'action', 'action-' || (n % 7), 'idempotencyKey', 'k' || n, 'actionId', 'id-' || n,
    'state', CASE WHEN ${isOpen} THEN 'REVIEW_REQUIRED' WHEN n % 99 = 0 THEN 'REVIEW_SUCCEEDED' WHEN n % 99 = 33 THEN 'REVIEW_FAILED'
      WHEN n % 99 = 66 THEN 'REVIEW_REQUIRED' WHEN ${isPassed} THEN 'CHALLENGE_SUCCEEDED' WHEN ${isChallenged} THEN 'CHALLENGE_REQUIRED'
      WHEN n % 50 = 9 THEN 'BLOCK' ELSE 'ALLOW' END,
    'outcome', CASE WHEN ${isReviewed} THEN 'REVIEW' WHEN ${isChallenged} THEN 'CHALLENGE' WHEN n % 50 = 9 THEN 'BLOCK' ELSE 'ALLOW' END,
    'verificationMethod', CASE WHEN ${isPassed} THEN ${method} END,
    'createdAt', ${at}, 'stateUpdatedAt', ${at} + (n * 7919 % 60) * 1000, 'policyVersion', '1', 'decidedInMs', 1 + n * 31 % 9,
    'rules', CASE WHEN ${isReviewed} OR ${isChallenged} THEN ${array}(${rule}) ELSE ${array}() END,
    'attributes', ${object}('custom', ${object}('amount', '2500.00', 'currency', 'EUR', 'payee', 'DE89370400440532013000'),
      'ipAddress', '192.0.2.' || (n % 256), 'deviceId', 'device-' || (n % ${USERS}),
      'userAgent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36'),
    'review', CASE WHEN ${isReviewed} THEN ${object}('expiresAt', ${endsAt}, 'reviewer', ${reviewer}, 'decidedAt', ${at}) END)`;
  const event = (type: string, later: number, extra = ""): string =>
    `${object}('type', '${type}', 'at', ${at} + ${later}, 'userId', ${user}, 'action', 'action-' || (n % 7), 'actionId', 'id-' || n${extra})`;
  const address = (id: string): string => `'email', ${id} || '@bank.example', 'phoneNumber', '+49301' || (1000000 + n)`;
  return [
    { table: "actions", document: action, where: "true", most: actions },
    ...["challenge.sent", "challenge.verified"].map((type, index): Rows => ({
      table: "audit",
      document: event(type, 1_000 * (index + 1), `, 'verificationMethod', ${method}`),
      where: isChallenged,
      most: actions,
    })),
    {
      table: "audit",
      document: event(
        "review.commented",
        5_000,
        ", 'actor', 'rita', 'note', 'Asked the customer, who does not answer.'",
      ),
      where: isReviewed,
      most: actions,
    },
    {
      table: "users",
      document: `${object}('userId', 'user-' || n, 'createdAt', ${now}, 'username', 'name-' || n, ${address("'user-' || n")})`,
      where: "true",
      most: USERS,
    },
    {
      table: "authenticators",
      document: `${object}('userId', 'user-' || n, 'userAuthenticatorId', 'sms-' || n, 'verificationMethod', 'SMS', 'version', 1,
        'createdAt', ${now}, 'verifiedAt', ${now}, ${address("'other-' || n")})`,
      where: "true",
      most: USERS,
    },
    {
      table: "devices",
      document: `${object}('userId', 'user-' || n, 'deviceId', 'device-' || n, 'createdAt', ${now}, 'authenticatedAt', ${now})`,
      where: "true",
      most: USERS,
    },
  ];
}
