/**
 * What a person found out about an aim that is missed, by the aim's id: what limits it. Shown only where the run misses it.
 */
export const limits: Readonly<Record<string, string>> = {
  "guard-in-process":
    "Between 2.0 and 2.4 from run to run, as the compiler inlines. The limit validates nothing: it trusts the request, the user's id and its own answer. The guard reads each member of a request as if it were hostile, the engine reads it again, and both maintain deadlines, a breaker and a bulkhead that nobody needs while all is well. The profile is flat: the hashes, which the limit makes as well, the text that is kept of the action, the look-ups of its key, and garbage collection are two fifths.",
  "guard-alone":
    "Between 1.7 and 2.4 from run to run. The provider here answers with a promise, which takes a timer for its deadline; of the rest a third is four hashes and the canonical JSON, which the limit has as well.",
  "guard-against-hand-written":
    "The hand-written code seals nothing, believes every answer, and asks the same engine, whose share of the whole has become smaller than the guard's: this is what binding an approval to its request costs.",
  "limit-express-allow":
    "On a route the same code takes five times as long as in a loop of its own, the limit's as well as ours: processor and compiler have what they need at hand no more, and each read of a member of Express's requests and responses misses its inline cache, as Express sets their prototypes one by one. The guard reads some ten of them more than the limit. The rest of its profile is flat: no function of its own takes a fortieth.",
  "limit-koa-allow":
    "As in Express, but that its requests are read at full speed. The bare route is less than half as dear, so that the same cost is a larger share.",
  "limit-express-retry":
    "The profile is flat: the token's MAC and claims, the seal's, the claim and its owner, two look-ups and an event in the store, and the wait for the engine's answer, which comes as a promise and takes a timer.",
  "limit-koa-retry": "As in Express, beside a bare route that is less than half as dear.",
  "peer-express-oauth2-jwt-bearer":
    "It verifies one token and keeps nothing; ours seals, evaluates ten rules, and keeps a record and an event.",
  "rules-closures-10":
    "Compiled rules are closures too. What ten of them do not outweigh is the decision around them: reading the facts into their places, three-valued logic, and telling all that matched.",
  "rules-decimals":
    "As on numbers, and the amount is read from its text: short decimals as a count of millionths, which a double holds exactly, longer ones as big integers, at several times the cost.",
  "rest-import-express":
    "Finding, reading and compiling modules, rather than what they do; a seventh is valibot's single file.",
  "rest-import-engine":
    "Compiling modules, rather than what they do: core, which it imports, is a third of it, and valibot's single file a tenth.",
  "client-speed-1": "With one call in flight both wait for the server and the loopback most of the time.",
  "client-cpu-1":
    "With one call in flight about half of our client's CPU is the system call that sends the request, which the SDK makes as well; schemas, JSON and signals are a fifth.",
  "client-undici-1":
    "undici alone believes what comes. Ours sends three headers more, looks for names that come twice and for members of another type, checks that the page's address is one, and can be ended at every stage. No part of that is more than a fiftieth of the client's CPU.",
  "client-undici-50": "As with one in flight; nothing of it waits, so that CPU is what both are compared by.",
  "ledger-postgresql":
    "The statement costs the database a fifth to a quarter more CPU than the raw one: it checks for forgotten approvals and the server's timeline, reads the database's clock, and writes two more columns. The client adds two hashes, pg's timer for each query, and the watch that distinguishes a busy database from one that is down. Claims of one turn do not share a statement, as on Redis they do: one that waits for an application's open transaction would hold up the others.",
  "ledger-redis":
    "Claims of one turn of the event loop share a script. Before it claims, which takes 3 µs each, it reads the master's replication id, its clock and the marker for 9 µs, so that another master is noticed within the command that claims; a raw SET takes 3.",
  "decision-postgresql-facts":
    "The database's CPU: the row of an action, which doubles as its event, has six index entries where the raw statement writes one, and eleven partial indexes beside them whose conditions are tested, which are a third of what it costs more; gathering the facts reads three tables where the raw statement reads one. Together that is 2.1 times what the two raw statements take. The client's CPU is the engine's decision, pg's work on more parameters, and a timer for each query.",
  "decision-postgresql-counter":
    "As without counters, and a counter keeps the parts of its window as a document in one row, so that it can forget them one by one; the raw upsert adds to a number. A single counter is bumped for half the CPU that a list of them takes.",
  "decision-sqlite-facts":
    "SQLite is in the process, so that each µs of CPU counts. With a file in memory, where the disk costs nothing, about half is SQLite's own, and most of that the row of the action with five index entries beside it, each a page to write, where the raw statement writes two pages; the rest is the engine's decision, which the raw statements do not make.",
  "decision-sqlite-counter":
    "As without counters, and both write twice. Ours reads, adds up and writes the parts of the counter's window within a transaction; the raw upsert adds to a number.",
  "served-memory":
    "After the system call that writes the answer, the same for all and a quarter of the whole, the profile is flat: the MAC of a token that Authsignal's clients expect on each answer and its claims, the answer's JSON, the comparison of the API secret, the route, the kept action's text, and headers that are read as often as they came, so that two of one name are noticed.",
  "two-processes":
    "Between 1.06 and 1.5 from run to run, the higher the busier the machine: two processes share two cores with the database and the clients. No backend waits for a lock.",
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
    "Raw commands and ours take turns on the same client and the same server. A decision is one `track` of the engine: two round trips to its store, where an action has six indexes and its row doubles as its event; the raw statements touch a table with one index.",
  "Served decisions":
    "Servers are processes of their own, asked by autocannon from another one with a fixed number of connections, as the Server API's `track`. Two processes share one database. Sweeping is measured in process: decisions begin at a steady pace, whether or not those before have ended.",
  Tokens: "The profile is of one process, one retry after the other.",
  "At rest":
    "Each package is imported in fresh processes. A claim's bytes are what the heap and its buffers have grown by, after garbage collection.",
};
