import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness } from "./harness.ts";

let harness: Harness;
const by = { actor: "olga", reason: "called from the number that we know" };

beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

async function appOf(userId: string): Promise<string> {
  const list = await harness.engine.authenticators.list(userId);
  return list.find((one) => one.verificationMethod === "AUTHENTICATOR_APP")?.userAuthenticatorId ?? "";
}

const last = async () => (await harness.engine.audit.query({ limit: 1 })).items[0];

describe("users who ask for help, over the Server API", () => {
  it("are found by what they say of themselves", async () => {
    await harness.engine.users.update("alice", { email: "alice@bank.example", phoneNumber: "+447700900123" });
    for (const text of ["alice", "alice@bank.example", "+44 7700 900123"]) {
      const { status, json } = await harness.call("GET", `/users?search=${encodeURIComponent(text)}`);
      expect({ status, json }).toMatchObject({ status: 200, json: { users: [{ userId: "alice" }] } });
    }
    expect((await harness.call("GET", "/users?search=nobody")).json).toEqual({ users: [] });
  });

  it("are shown what is locked, and unlocked, with a reason", async () => {
    await enrollApp(harness, "alice");
    const id = await appOf("alice");
    const { json } = await harness.call("GET", "/users/alice/locks");
    expect(json).toMatchObject({ isLocked: false });
    expect(json.authenticators).toContainEqual({ userAuthenticatorId: id, isLocked: false });
    const path = `/users/alice/authenticators/${id}/unlock`;
    expect((await harness.call("POST", path, { actor: "olga" })).status).toBe(400);
    expect((await harness.call("POST", path, by)).json).toEqual({ success: true });
    expect(await last()).toMatchObject({ type: "authenticator.unlocked", userAuthenticatorId: id, ...by });
    expect((await harness.call("POST", "/users/alice/unlock", { reason: "called" })).status).toBe(200);
    expect(await last()).toMatchObject({ type: "user.unlocked", actor: "backend", reason: "called" });
    expect((await harness.call("POST", path.replace("alice", "bob"), by)).status).toBe(404);
  });

  it("have an authenticator removed, a device forgotten and sessions ended, with a reason", async () => {
    await enrollApp(harness, "alice");
    const id = await appOf("alice");
    expect((await harness.call("POST", `/users/bob/authenticators/${id}/remove`, by)).status).toBe(404);
    expect((await harness.call("POST", `/users/alice/authenticators/${id}/remove`, by)).status).toBe(200);
    expect(await last()).toMatchObject({ type: "authenticator.removed", userAuthenticatorId: id, ...by });
    expect(await appOf("alice")).toBe("");
    expect((await harness.call("POST", "/users/alice/devices/d-1/revoke", by)).status).toBe(404);
    expect((await harness.call("POST", "/users/alice/sessions/end", by)).status).toBe(200);
    expect(await last()).toMatchObject({ type: "session.ended", userId: "alice", ...by });
  });

  it("T33: tells nobody without the secret", async () => {
    for (const [method, path] of [
      ["GET", "/users/alice/locks"],
      ["POST", "/users/alice/unlock"],
    ] as const) {
      expect((await harness.call(method, path, method === "POST" ? by : undefined, {})).status).toBe(401);
    }
  });
});
