import type { Agent as UndiciAgent, Dispatcher } from "undici";
// Importing undici whole installs its process-wide dispatcher, and with it changes how the application's own fetch sends.
// @ts-expect-error -- undici has types for the whole only
import AgentPart from "undici/lib/dispatcher/agent.js";

const Agent: typeof UndiciAgent = AgentPart;

/** Creates the agent of one provider. Its idle sockets keep no process alive. */
export function createAgent(): Dispatcher {
  return new Agent({
    // Beyond this many calls at once, calls wait; the guard's deadline ends the wait.
    connections: 100,
    // Node's and many other servers close an idle connection after 5 s: be the first, unless the server says it waits longer.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    keepAliveTimeoutThreshold: 1_000,
  });
}
