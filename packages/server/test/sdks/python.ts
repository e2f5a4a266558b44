import { looseMethods, queryUsers } from "./loose-methods.ts";
import { type Sdk, snakeCase, withSnakeCase } from "./sdk.ts";

/** `urllib.parse.quote`, which leaves slashes as they are. */
const segment = (id: string): string => encodeURIComponent(id).replaceAll("%2F", "/");

export const python: Sdk = {
  name: "Python",
  version: "4.3.0",
  headers: {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "authsignal-python-sdk/4.2.0",
    "x-authsignal-version": "4.2.0",
  },
  read: (_shape, json) => withSnakeCase(json),
  errorCode: "errorCode",
  notes: [
    "leaves out attributes that are `None` once it has declared the length with them, so the request never ends and is answered 408, by `serve` after 30 seconds: leave them out yourself",
    "leaves slashes of ids as they are, so the path is another one: 404",
    "sends a `Decimal` as a list of one text: pass `str(amount)`",
  ],
  spell: withSnakeCase,
  webhookData: "any",
  methods: {
    ...looseMethods({ segment, update: "PATCH", nameOf: snakeCase }),
    queryUsers: queryUsers("query_users"),
  },
};
