/**
 * What a person found out about an aim that is missed, by the aim's id: what limits it. Shown only where the run misses it.
 */
export const limits: Readonly<Record<string, string>> = {};

/** How a group is measured, by its title: what a reader must know to believe its figures. */
export const methods: Readonly<Record<string, string>> = {
  "Guard in process":
    "One call after the other, without HTTP. CPU time of the whole process, garbage collection included. The action has ten rules on two fields each, none of which matches; the store keeps every action.",
  "Guarded routes":
    "Each route is served by a process of its own, and asked by autocannon from another one: a JSON body of three fields is parsed, a user is set, and the handler answers with JSON. The server counts its own CPU time and the time from the arrival of the first request to the end of the last. A verified retry brings a result token of the engine's, for a challenge that was completed with a code sent by mail: each token is sent once, validated, opened, and claimed in the memory ledger.",
  Peers:
    "The token middlewares stand in front of the same route. The two clients of Authsignal's API call a server on the loopback that answers at once, from one process, in turns.",
  Rules:
    "Each rule compares an amount and a country; a fifth of the second half matches. A subject is prepared once and evaluated many times, with the same facts.",
  "Ledgers and stores":
    "Raw commands and ours go through the same client to the same server, in turns. A decision is a whole `track` of the engine: two trips to its store, which keeps an action with six indexes and an audit event with four; the raw statements touch a table with one.",
  Tokens: "The profile is of one process, one retry after the other.",
  "At rest":
    "Each package is imported in fresh processes. A claim's bytes are what the heap and its buffers have grown by, after garbage collection.",
};
