import { ActionError } from "./action-error.ts";
import { createTurns } from "./turns.ts";

/** What is under way between a challenge and the reply to the repeated request. */
export interface Flight {
  /** Aborted when no caller waits any more. */
  readonly signal: AbortSignal;
  /** True when another challenge of the action was presented before. */
  waited: boolean;
  /** True while a request is out that may run: giving up then no longer means that nothing ran. */
  sending: boolean;
}

/** One caller's wish for a flight. */
export interface Boarding {
  readonly action: string;
  /** Equal for requests that are the same in every respect. */
  readonly key: string;
  /** The caller's own. */
  readonly signal: AbortSignal;
  readonly fly: (flight: Flight) => Promise<Response>;
}

interface SharedFlight extends Flight {
  readonly controller: AbortController;
  readonly response: Promise<Response>;
  callers: number;
  isShared: boolean;
}

/**
 * Creates the rule that one challenge of an action is presented at a time. The same request made again meanwhile (a double
 * click) shares the flight and its reply; another request waits for its turn. A flight ends early only when every caller
 * has given up, so that one who aborts takes nothing from the others.
 */
export function createFlights(): (boarding: Boarding) => Promise<Response> {
  const flights = new Map<string, SharedFlight>();
  const takeTurn = createTurns();

  function start({ action, key, fly }: Boarding): SharedFlight {
    const controller = new AbortController();
    const { signal } = controller;
    const flight: SharedFlight = {
      controller,
      signal,
      waited: false,
      sending: false,
      callers: 0,
      isShared: false,
      response: takeTurn(action, (waited) => {
        flight.waited = waited;
        return fly(flight);
      }),
    };
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.response.then(land, land);
    // An abandoned flight is no new caller's.
    signal.addEventListener("abort", land);
    flights.set(key, flight);
    return flight;
  }

  return async (boarding) => {
    const { key, signal } = boarding;
    const flight = flights.get(key) ?? start(boarding);
    flight.isShared ||= flight.callers > 0;
    flight.callers += 1;
    const response = await Promise.race([flight.response, leaveOnAbort(flight, signal)]);
    // Nobody reads the original of a shared one, so there is a copy for each.
    return flight.isShared ? response.clone() : response;
  };
}

/** Rejects when the caller aborts. Listens on after the reply, as `fetch` does: the body may still be on its way. */
function leaveOnAbort(flight: SharedFlight, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => {
      const { reason } = signal;
      reject(flight.sending ? reason : new ActionError("challenge_cancelled", { cause: reason }));
      flight.callers -= 1;
      if (flight.callers === 0) flight.controller.abort(reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
