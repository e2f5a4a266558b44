/**
 * What a person found out about an aim that is missed, by the aim's id: what limits it. Shown only where the run misses it.
 */
export const limits: Readonly<Record<string, string>> = {
  "guard-in-process":
    "What the guard adds to the engine is two HMACs of the seal, a nonce, canonical JSON of what is bound, and the schema that the provider's answer is read by; the engine adds its own reading of the request, ten rules, and a record and an event that are kept.",
  "guard-against-hand-written":
    "The hand-written code seals nothing and believes every answer: this is what binding an approval to its request costs.",
  "guard-express-allow":
    "The profile is flat. The largest single cost is the system call that writes the answer, the same for all; then garbage collection, a tenth to a sixth of the whole: the memory store keeps a record and an event of every request, which V8 copies twice before it leaves them alone. What the guard does by itself takes longer between the steps of a request than in a loop of its own, where processor and compiler have it at hand.",
  "guard-koa-allow":
    "As in Express; Koa's bare route is less than half as dear, so that the same cost is a larger share.",
  "guard-express-retry":
    "A result token is verified by jose, and jose asks Web Crypto, which hands every HMAC to another thread: that hand-over is the largest part of a retry (see the profile), several times what the HMAC itself costs.",
  "guard-koa-retry":
    "The hand-over of every HMAC to another thread by Web Crypto, as in Express, beside a bare route that is less than half as dear.",
  "peer-express-oauth2-jwt-bearer":
    "It verifies one token and keeps nothing; ours seals, evaluates ten rules, and keeps a record and an event.",
  "rules-closures-10":
    "Compiled rules are closures too. What ten of them do not outweigh is the decision around them: reading the facts into their places, three-valued logic, and telling all that matched.",
  "client-speed-1": "With one call in flight both wait for the server and the loopback most of the time.",
  "client-cpu-1":
    "With one call in flight about half of our client's CPU is the system call that sends the request, which the SDK makes as well; schemas, JSON and signals are a fifth.",
  "ledger-postgresql":
    "The statement itself costs the database no more than the raw one. What is left is the client's: two hashes, the check of what is bound, and a timer for each query.",
  "ledger-redis":
    "Each command has a timeout of its own, which redis makes of a signal that is not called off once there is an answer: it goes off later, for nothing.",
  "decision-postgresql-facts":
    "The database's CPU: a decision writes two rows with ten index entries, where the raw statement writes one with one. A little over half of it is the action's own row with its six indexes, a quarter the look at the facts, a fifth the audit event; together that is 1.8 times what the two raw statements take. The client's CPU is the engine's and the parsing of rows.",
  "decision-postgresql-counter":
    "As without counters, and a counter keeps the parts of its window as a document in one row, so that it can forget them one by one; the raw upsert adds to a number.",
  "decision-sqlite-facts":
    "Both wait for the disk once. Ours writes two rows with ten index entries within it, and SQLite reads each generated column out of the document.",
  "decision-sqlite-counter":
    "Both wait for the disk twice. Ours reads, adds up and writes the parts of the counter's window within the first wait, and two rows with ten index entries within the second.",
  "growth-postgresql": "A larger index is deeper by a level or two, and its pages are not all in the database's cache.",
  "growth-sqlite":
    "A larger index is deeper by a level or two, and its pages are not all in SQLite's cache, which is 2 MB unless the application sets it larger.",
};

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
