import type { BoundBy } from "../binding/bindable.ts";
import type { BoundFields } from "../binding/binding.ts";
import type { ApprovedAction, PassedAction } from "./approved-action.ts";

/** Reads what one guard has approved. */
export interface ApprovalReader<Native extends object, Approved = PassedAction> {
  /**
   * The approved action of this request, with the fields that `bind` returned. Nothing has to be checked: where this guard
   * has not let the request pass, also where another guard has, it throws `action_not_passed`.
   */
  approved(request: Native): Approved;
}

/** The approved action that a guard hands to its handlers: `Approved<typeof withdrawal>`. */
export type Approved<Guard extends ApprovalReader<any>> = ReturnType<Guard["approved"]>;

/**
 * The approved action of a declaration. `Fields` is what `bind` returns, `never` or `"none"` without; `When` is what `when`
 * may answer, `Observe` whether the guard observes: a request that passes either way may have no user and nothing bound.
 */
export type ApprovedBy<Fields, When extends boolean = true, Observe extends boolean = false> = 0 extends 1 & Fields
  ? ApprovedAction<BoundFields | Lacking<When, Observe>, string | Lacking<When, Observe>>
  : [Fields] extends ["none"]
    ? PassedAction<string | Lacking<When, Observe>>
    : ApprovedAction<BoundBy<Fields> | Lacking<When, Observe>, string | Lacking<When, Observe>>;

type Lacking<When, Observe> = [When, Observe] extends [true, false] ? never : undefined;
