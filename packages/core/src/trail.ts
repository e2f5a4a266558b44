import type { Binding } from "./binding.ts";
import type { ActionSettings } from "./action-settings.ts";
import type { Decider } from "./decider.ts";
import type { ActionEvent, BreakerEvent, GuardEvent, WarningEvent } from "./events.ts";

type DistributiveOmit<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** An event without what the trail adds to it. */
type ActionEventBody = DistributiveOmit<Exclude<GuardEvent, BreakerEvent | WarningEvent>, keyof ActionEvent>;

/** What is known so far of one request's try at an action, so that every event about it tells the same. */
export interface Trail {
  userId: string | undefined;
  /** The fingerprint of the sealed key. */
  actionId: string | undefined;
  /** What of the request is bound. */
  binding: Binding | undefined;
  /** Who decided, once somebody has. */
  decider: Decider | undefined;
  tell(event: ActionEventBody): void;
}

/** Starts the trail of one request. */
export function startTrail<Native extends object>({ action, observe, emit }: ActionSettings<Native>): Trail {
  return {
    userId: undefined,
    actionId: undefined,
    binding: undefined,
    decider: undefined,
    tell(event) {
      const fallback = this.decider?.isFallback ?? false;
      emit?.({ action, userId: this.userId, actionId: this.actionId, observed: observe, fallback, ...event });
    },
  };
}
