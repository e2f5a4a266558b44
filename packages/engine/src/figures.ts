export type { Figures } from "./figures/figures.ts";
export { bucketOf, quantileOf, totalOf } from "./figures/model/buckets.ts";
export {
  type ActionFigures,
  type ActionTally,
  type ChallengeFigures,
  countedEvents,
  type Counts,
  type EventTally,
  type FigureFilter,
  type FigureMark,
  type FigureRecord,
  type FigureStore,
  type FigureTallies,
  type FigureUnit,
  type LockFigures,
  type MethodFigures,
  type ReviewTally,
  type RuleFigures,
  triedEvents,
} from "./figures/model/figure-records.ts";
export { ageBrackets, mergeFigures } from "./figures/model/merge-figures.ts";
