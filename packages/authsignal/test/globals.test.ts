import http from "node:http";
import https from "node:https";
import { expect, it } from "vitest";
import { patient, trackAnswer, withdraw } from "./calls.ts";
import { createFaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

/** What a library could change for the whole process, by name. Getters are not called: one of them sets a global. */
function snapshot(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [owner, object] of Object.entries({ globalThis, http, https, env: process.env })) {
    for (const name of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, name);
      for (const [part, value] of Object.entries(property ?? {})) found.set(`${owner}.${String(name)} ${part}`, value);
    }
  }
  for (const name of process.eventNames()) found.set(`process.on ${String(name)}`, process.listenerCount(name));
  return found;
}

function changesSince(before: ReadonlyMap<string, unknown>): readonly string[] {
  const after = snapshot();
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}

it("T34: importing, creating and calling the provider changes nothing global", async () => {
  const server = await createFaultyServer();
  server.use(faults.json(trackAnswer));
  // Node itself defines this one again when it is first read.
  expect(Blob).toBeDefined();
  const before = snapshot();

  const { authsignal } = await import("../src/index.ts");
  expect(changesSince(before)).toEqual([]);
  const provider = authsignal({ apiSecretKey: "key", apiUrl: server.origin });
  expect(changesSince(before)).toEqual([]);
  await provider.track(withdraw, patient());
  expect(changesSince(before)).toEqual([]);
  await server.close();

  // What undici, imported whole, would have done, and what Node 26 has done by itself.
  await import("undici");
  expect([...before.keys(), ...changesSince(before)]).toContain("globalThis.Symbol(undici.globalDispatcher.1) value");
});
