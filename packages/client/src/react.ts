export { type ActionProgress, useAction, type UseAction } from "./use-action.ts";
