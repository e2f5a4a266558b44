/** Asks for a challenge: what is needed to present one, and what will be approved by it. */
export interface Challenge {
  readonly code: "challenge_required";
  readonly action: string;
  readonly state: "CHALLENGE_REQUIRED";
  /** For custom UI: authorises the challenge at the Client API. */
  readonly token?: string;
  /** The pre-built page. */
  readonly url?: string;
  readonly idempotencyKey: string;
  /** ISO 8601, by the server's clock. */
  readonly expiresAt: string;
  /** Those that will be accepted; any when absent. */
  readonly verificationMethods?: readonly string[];
  /** The declared fields that the approval will be good for. */
  readonly bound?: Readonly<Record<string, string | number | boolean>>;
  /** How it is approved at another screen; absent where it is not. */
  readonly approval?: ApprovalElsewhere;
}

/** Where the user approves at another screen, with a number that is shown at this one. */
interface ApprovalElsewhere {
  /** Worth nothing to anybody but the signed-in user. */
  readonly url: string;
  /** Two digits. */
  readonly matchingNumber: string;
  /** Seconds between two questions. */
  readonly interval: number;
}

/** Asks a user who has no authenticator to enroll one. */
export interface Enrollment {
  readonly code: "enrollment_required";
  readonly action: string;
  readonly token?: string;
  readonly url?: string;
}

/** Says that a person has to look at the action. */
export interface ReviewReply {
  readonly code: "review_required";
  readonly action: string;
  readonly state: "REVIEW_REQUIRED";
  readonly message: string;
  readonly idempotencyKey: string;
}

/** What a user is asked for before the request can go on. */
export type Prompt = Challenge | Enrollment;

/** Where the approval is sent; never in a URL. */
export const ACTION_TOKEN_HEADER = "Action-Token";

const TOKEN: RegExp = /^[\w.~+/=-]{1,4096}$/;

/** True for what the server would read as one token. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && TOKEN.test(value);
}

/** Says the code of a refusal whose body is the application's own. Across origins, only when the header is exposed. */
const ACTION_CODE_HEADER = "Action-Code";

/**
 * Reads a reply of the guard from a copy, so that the response stays unread. Answers `undefined` for every other response:
 * the code decides, never the status.
 */
export async function readReply(response: Response): Promise<Prompt | ReviewReply | undefined> {
  const ownCode = response.headers.get(ACTION_CODE_HEADER);
  const isProblem = ownCode === null ? hasType(response, "application/problem+json") : response.status >= 400;
  if (!isProblem && !(response.status === 202 && hasType(response, "application/json"))) return undefined;
  const json = await peekJson(response);
  const body = ownCode === null ? json : memberWithCode(json, ownCode);
  const { code, action, idempotencyKey, token = "", url = "" } = body;
  if (![action, token, url].every((member) => typeof member === "string")) return undefined;
  const hasKey = typeof idempotencyKey === "string";
  const isKnown = isProblem
    ? code === "enrollment_required" || (code === "challenge_required" && hasKey)
    : code === "review_required" && hasKey;
  return isKnown ? (body as unknown as Prompt | ReviewReply) : undefined;
}

/** The code of a refusal, read from a copy where it is in problem details; `undefined` for every other response. */
export async function readProblemCode(response: Response): Promise<unknown> {
  const ownCode = response.headers.get(ACTION_CODE_HEADER);
  if (ownCode !== null) return ownCode;
  return hasType(response, "application/problem+json") ? (await peekJson(response)).code : undefined;
}

/** Seconds to wait, of a reply that says that its challenge still waits for approval at another screen. */
export async function readWaiting(response: Response): Promise<number | undefined> {
  if ((await readProblemCode(response)) !== "challenge_incomplete") return undefined;
  const json = await peekJson(response);
  const { approval } = response.headers.has(ACTION_CODE_HEADER) ? memberWithCode(json, "challenge_incomplete") : json;
  const { interval } = Object(approval) as Partial<ApprovalElsewhere>;
  return typeof interval === "number" && interval > 0 ? interval : undefined;
}

/** The object with this code in an application's own envelope: the outermost one. */
function memberWithCode(body: Members, code: string): Members {
  const open: unknown[] = [body];
  for (const one of open) {
    if ((one as Members | null)?.code === code) return one as Members;
    if (typeof one === "object" && one !== null) open.push(...Object.values(one));
  }
  return {};
}

type Members = Readonly<Record<string, unknown>>;

function hasType(response: Response, type: string): boolean {
  return response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === type;
}

async function peekJson(response: Response): Promise<Members> {
  // A body that breaks off, or is no JSON, is the caller's to read.
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return Object(body);
}

/** A response, untouched; one about a review carries it. */
export type ActionResponse = Response & { readonly review?: PendingReview };

/** Options of repeating a request. */
export interface RepeatOptions {
  readonly signal?: AbortSignal | undefined;
}

/** An action that a person has to look at. */
export interface PendingReview {
  readonly action: string;
  /** Resumes the action: sent as `Action-Token` with the same request, now or after the page was closed. */
  readonly idempotencyKey: string;
  /** The server's sentence for developers; show the user your own. */
  readonly message: string;
  /** Milliseconds that the server asks to wait before asking again. */
  readonly retryAfterMs: number | undefined;
  /** Asks once: repeats the request with the key. It runs when the review has approved it; otherwise `review` is set again. */
  ask(options?: RepeatOptions): Promise<ActionResponse>;
}
