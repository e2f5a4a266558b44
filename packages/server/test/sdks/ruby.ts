import { asRecord, looseMethods } from "./loose-methods.ts";
import type { Shape } from "./shapes.ts";
import { type Sdk, snakeCase, withSnakeCase } from "./sdk.ts";

/** A list as it is, and a record in snake case, without the older name of the action. An empty body is an error. */
function read(_shape: Shape, json: unknown): unknown {
  if (Array.isArray(json)) return json;
  const { actionCode: _old, ...rest } = asRecord(json);
  return withSnakeCase(rest);
}

export const ruby: Sdk = {
  name: "Ruby",
  version: "5.2.1",
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "authsignal-ruby",
    "x-authsignal-version": "5.2.1",
  },
  read,
  errorCode: "error",
  notes: [
    "`track` puts ids into the path as they are, and throws before it sends where one has a space or a letter beyond ASCII; the other methods encode them",
  ],
  spell: (answer) => (Array.isArray(answer) ? answer : withSnakeCase(answer)),
  webhookData: "any",
  methods: looseMethods({ segment: encodeURIComponent, update: "POST", nameOf: snakeCase }),
};
