import type { Place } from "./master-watch.ts";

/** So many claims go together at most: what runs a script meanwhile serves nobody else. */
const MOST = 100;

/** Sends claims whose keys share a marker, and answers with an outcome for each, in their order. */
type SendClaims = (
  marker: string,
  keys: readonly string[],
  parameters: readonly string[],
) => Promise<readonly number[]>;

interface WaitingClaim {
  readonly key: string;
  readonly parameters: readonly string[];
  readonly resolve: (outcome: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Claims on their way. */
export interface ClaimBatches {
  /** Resolves to what the script answered about this one. */
  add(place: Place, parameters: readonly string[]): Promise<number>;
  /** Sends what waits, so that what is sent next comes after it. */
  flush(): void;
}

/**
 * Sends the claims that are made within one turn of the event loop together: what a script costs before it claims, which is most
 * of it, is spent once for all of them.
 */
export function createClaimBatches(send: SendClaims): ClaimBatches {
  const waiting = new Map<string, WaitingClaim[]>();

  async function carryOut(marker: string, claims: readonly WaitingClaim[]): Promise<void> {
    try {
      const keys = claims.map(({ key }) => key);
      const all = claims.flatMap(({ parameters }) => parameters);
      const outcomes = await send(marker, keys, all);
      for (const [index, { resolve }] of claims.entries()) resolve(outcomes[index]!);
    } catch (error) {
      for (const { reject } of claims) reject(error);
    }
  }

  function flush(): void {
    for (const [marker, claims] of waiting) void carryOut(marker, claims);
    waiting.clear();
  }

  return {
    flush,
    add: ({ marker, key }, parameters) =>
      new Promise((resolve, reject) => {
        if (waiting.size === 0) setImmediate(flush);
        let claims = waiting.get(marker);
        if (claims === undefined) waiting.set(marker, (claims = []));
        claims.push({ key, parameters, resolve, reject });
        if (claims.length === MOST) flush();
      }),
  };
}
