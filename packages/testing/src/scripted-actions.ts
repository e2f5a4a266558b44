import type { Clock } from "@require-action/core";
import type {
  ActionState,
  GetActionAnswer,
  GetActionRequest,
  TrackAnswer,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "@require-action/core/provider";

interface ScriptedAction {
  readonly request: TrackRequest;
  readonly answer: TrackAnswer;
  state: ActionState;
  stateUpdatedAt: string | undefined;
  verificationMethod?: string;
  deniedByUser?: true;
}

interface ScriptedToken {
  readonly kind: "challenge" | "result";
  readonly action: ScriptedAction;
  expired: boolean;
}

/** The simulation behind a scripted provider: the actions that were tracked and the tokens handed out. */
export interface ScriptedActions {
  track(request: TrackRequest, decide: (token: string) => TrackAnswer): TrackAnswer;
  validateChallenge(request: ValidateChallengeRequest): ValidateChallengeAnswer;
  getAction(request: GetActionRequest): GetActionAnswer | undefined;
  completeChallenge(tokenOrKey: string, verificationMethod: string): string;
  failChallenge(tokenOrKey: string): void;
  denyChallenge(tokenOrKey: string): void;
  review(idempotencyKey: string, decision: "approve" | "reject"): void;
  expireToken(token: string): void;
}

/** Creates an empty simulation. It throws on a step that no real provider would take, so that a test cannot lie. */
export function createScriptedActions(clock: Clock | undefined): ScriptedActions {
  const actions = new Map<string, ScriptedAction>();
  const tokens = new Map<string, ScriptedToken>();

  const timeNow = (): string | undefined => clock && new Date(clock.now()).toISOString();

  function find(tokenOrKey: string): ScriptedAction {
    const found =
      tokens.get(tokenOrKey)?.action ??
      [...actions.values()].findLast(({ answer }) => answer.idempotencyKey === tokenOrKey);
    if (found === undefined) throw new Error(`no action was tracked with the token or key "${tokenOrKey}"`);
    return found;
  }

  function move(action: ScriptedAction, from: ActionState, to: ActionState): void {
    if (action.state !== from) throw new Error(`the action is in ${action.state}, not in ${from}`);
    action.state = to;
    action.stateUpdatedAt = timeNow();
  }

  return {
    track(request, decide) {
      const key = addressOf({ ...request, idempotencyKey: request.attributes.idempotencyKey });
      const known = actions.get(key);
      if (known !== undefined) return known.answer;
      const answer = decide(`token-${actions.size + 1}`);
      if (answer.token !== undefined && tokens.has(answer.token)) {
        throw new Error(`the token "${answer.token}" was handed out before; give each action one of its own`);
      }
      const action: ScriptedAction = { request, answer, state: answer.state, stateUpdatedAt: timeNow() };
      actions.set(key, action);
      if (answer.token !== undefined) tokens.set(answer.token, { kind: "challenge", action, expired: false });
      return answer;
    },

    validateChallenge({ token, userId, action }) {
      const known = tokens.get(token);
      if (known === undefined || known.action.request.userId !== userId || known.action.request.action !== action) {
        return { isValid: false };
      }
      if (known.expired) return { isValid: false, error: "expired_token" };
      const { state, stateUpdatedAt, verificationMethod, deniedByUser, answer } = known.action;
      const succeeded = state === "CHALLENGE_SUCCEEDED";
      // The token that starts a challenge is no proof that it was completed, not even after it was.
      if (succeeded && known.kind === "challenge") return { isValid: false };
      return {
        isValid: succeeded,
        state,
        userId,
        action,
        idempotencyKey: answer.idempotencyKey,
        ...(verificationMethod !== undefined && { verificationMethod }),
        ...(stateUpdatedAt !== undefined && { stateUpdatedAt }),
        ...(deniedByUser !== undefined && { deniedByUser }),
      };
    },

    getAction(request) {
      const action = actions.get(addressOf(request));
      if (action === undefined) return undefined;
      const { state, stateUpdatedAt, verificationMethod, deniedByUser } = action;
      return {
        state,
        ...(verificationMethod !== undefined && { verificationMethod }),
        ...(stateUpdatedAt !== undefined && { stateUpdatedAt }),
        ...(deniedByUser !== undefined && { deniedByUser }),
      };
    },

    completeChallenge(tokenOrKey, verificationMethod) {
      const action = find(tokenOrKey);
      const { allowedVerificationMethods: allowed } = action.answer;
      if (allowed !== undefined && !allowed.includes(verificationMethod)) {
        throw new Error(`the action allows ${allowed.join(", ") || "no method"}, not ${verificationMethod}`);
      }
      move(action, "CHALLENGE_REQUIRED", "CHALLENGE_SUCCEEDED");
      action.verificationMethod = verificationMethod;
      const token = `result-${tokens.size + 1}`;
      tokens.set(token, { kind: "result", action, expired: false });
      return token;
    },

    failChallenge(tokenOrKey) {
      move(find(tokenOrKey), "CHALLENGE_REQUIRED", "CHALLENGE_FAILED");
    },

    denyChallenge(tokenOrKey) {
      const action = find(tokenOrKey);
      move(action, "CHALLENGE_REQUIRED", "CHALLENGE_FAILED");
      action.deniedByUser = true;
    },

    review(idempotencyKey, decision) {
      move(find(idempotencyKey), "REVIEW_REQUIRED", decision === "approve" ? "REVIEW_SUCCEEDED" : "REVIEW_FAILED");
    },

    expireToken(token) {
      const known = tokens.get(token);
      if (known === undefined) throw new Error(`no token "${token}" was handed out`);
      known.expired = true;
    },
  };
}

/** One text per (user, action, key): JSON keeps the parts apart, and lone surrogates too. */
function addressOf({ userId, action, idempotencyKey }: GetActionRequest): string {
  return JSON.stringify([userId, action, idempotencyKey]);
}
