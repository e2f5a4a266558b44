import { authsignal } from "@require-action/authsignal";

export const provider = authsignal({
  apiSecretKey: process.env["REQUIRE_ACTION_API_SECRET"] ?? "",
  apiUrl: "http://require-action:4100/v1",
  plainHttpHost: "require-action",
});
