export { type ActionProgress, useAction, type UseAction } from "./react/use-action.ts";
export { useChallenge, type UseChallenge, type UseChallengeOptions } from "./react/use-challenge.ts";
export {
  type ServerAction,
  type ServerActionResult,
  useServerAction,
  type UseServerAction,
} from "./react/use-server-action.ts";
