export { type ActionProgress, useAction, type UseAction } from "./react/use-action.ts";
