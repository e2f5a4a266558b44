/** What a network does to connections: see {@link createFaultProxy}. */
export type LinkFault =
  /** Everything passes. */
  | { readonly kind: "none" }
  /** Replies arrive this much later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Connections are accepted and kept, and nothing passes until the fault is over, as in a partition. */
  | { readonly kind: "stall" }
  /** Replies arrive a few bytes at a time. */
  | { readonly kind: "trickle"; readonly bytes: number; readonly everyMs: number }
  /** Open connections are reset, and new ones as soon as they are made. */
  | { readonly kind: "reset" }
  /**
   * Requests pass; when the reply comes, its connection is reset instead: what was asked for was done, and nobody is told.
   * For this many replies, and for all of them when not said.
   */
  | { readonly kind: "drop-reply"; readonly times?: number }
  /** Open connections are reset, and new ones refused. */
  | { readonly kind: "refuse" };
