import { beforeEach, expect, it } from "vitest";
import { createScriptedProvider, readyToken, type ScriptedProvider } from "../../src/index.ts";

const options = { signal: new AbortController().signal };
const alice = { userId: "alice", action: "withdraw-funds" };
const track = (provider: ScriptedProvider, idempotencyKey: string) =>
  provider.track({ ...alice, attributes: { idempotencyKey } }, options);

let provider: ScriptedProvider;
beforeEach(() => {
  provider = createScriptedProvider();
});

it("has the challenge of the request completed", async () => {
  const token = await readyToken(provider, () => track(provider, "k1"), { verificationMethod: "PASSKEY" });
  expect(await provider.validateChallenge({ ...alice, token }, options)).toMatchObject({
    isValid: true,
    idempotencyKey: "k1",
    verificationMethod: "PASSKEY",
  });
});

it("has the request reviewed", async () => {
  const token = await readyToken(provider, () => track(provider, "k1"), { by: "review" });
  expect(token).toBe("k1");
  expect(await provider.getAction({ ...alice, idempotencyKey: "k1" }, options)).toEqual({ state: "REVIEW_SUCCEEDED" });
});

it("leaves other requests to the script", async () => {
  provider.answer("BLOCK");
  await readyToken(provider, () => track(provider, "k1"));
  expect((await track(provider, "k2")).state).toBe("BLOCK");
});

it("says so when the request asked for no decision, or for two", async () => {
  await expect(readyToken(provider, async () => {})).rejects.toThrow("0 decisions");
  await expect(
    readyToken(createScriptedProvider(), () => Promise.all([track(provider, "k1"), track(provider, "k2")])),
  ).rejects.toThrow("0 decisions");
  await expect(readyToken(provider, () => Promise.all([track(provider, "k3"), track(provider, "k4")]))).rejects.toThrow(
    "2 decisions",
  );
});
