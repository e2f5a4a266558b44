/*
 * Names of our own stand below `require_action`, as no convention has them; `error.type` is the conventions'.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/
 */
export const ACTION = "require_action.action";
export const ACTION_ID = "require_action.action_id";
export const CODE = "require_action.code";
export const FALLBACK = "require_action.fallback";
export const GROUND = "require_action.ground";
export const LEDGER = "require_action.ledger";
export const OBSERVED = "require_action.observed";
export const OUTCOME = "require_action.outcome";
export const PROVIDER = "require_action.provider";
export const RULE_IDS = "require_action.rule_ids";
export const SOURCE = "require_action.source";
export const STATE = "require_action.state";
export const STEP = "require_action.step";
export const TRIES = "require_action.tries";
export const VERB = "require_action.verb";
export const WON = "require_action.won";
export const ERROR_TYPE = "error.type";
