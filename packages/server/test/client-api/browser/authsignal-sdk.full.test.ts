import { codeAt } from "@require-action-test/support/codes";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { expect, it } from "vitest";
import { minute, never, track } from "../../../../engine/test/harness.ts";
import { describeSdk, type SdkWorld } from "./sdk-world.ts";

/** Signs up with a passkey in the browser, as a user whose action waits for it; resolves to the result. */
async function signUp({ engine, page }: SdkWorld, userId = "alice"): Promise<string> {
  const { token } = await track(engine, userId);
  const reply = await page.evaluate(([token, username]) => window.authsignal.passkey.signUp({ token, username }), [
    token,
    userId,
  ] as const);
  expect(reply).toMatchObject({ data: { userAuthenticator: { verificationMethod: "PASSKEY" } } });
  return (reply.data as { readonly token?: string } | undefined)?.token ?? "";
}

describeSdk("Authsignal's browser SDK, unmodified, against the Client API", (world) => {
  it("S4: signs up with a passkey, which completes the challenge, and then another with it", async () => {
    const { engine, page } = world();
    const signedUp = { token: await signUp(world()), userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(signedUp, never)).resolves.toMatchObject({ isValid: true });
    const { token } = await track(engine, "alice");
    await expect(engine.authenticators.list("alice")).resolves.toMatchObject([
      { verificationMethod: "PASSKEY", webauthnCredential: { authenticatorAttachment: "platform" } },
    ]);
    const { data } = await page.evaluate((token) => window.authsignal.passkey.signIn({ token }), token);
    expect(data).toMatchObject({ isVerified: true, userId: "alice", token: expect.any(String) });
    const result = { token: data?.token ?? "", userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(result, never)).resolves.toMatchObject({
      isValid: true,
      verificationMethod: "PASSKEY",
    });
  });

  it("signs in with nothing but a passkey", async () => {
    const { engine, page } = world();
    await signUp(world());
    const { data } = await page.evaluate(() => window.authsignal.passkey.signIn({ action: "sign-in" }));
    expect(data).toMatchObject({ isVerified: true, userId: "alice" });
    const validated = await engine.passkeySignIn.validate({ token: data?.token ?? "", action: "sign-in" });
    expect(validated).toMatchObject({ isValid: true, userId: "alice", verificationMethod: "PASSKEY" });
    const anonymousId = await page.evaluate(() => window.authsignal.anonymousId);
    await expect(engine.users.devices("alice")).resolves.toMatchObject([{ deviceId: anonymousId }]);
  });

  it("signs in without an action, as autofill does, and learns that a deleted passkey is unknown", async () => {
    const { engine, page } = world();
    await signUp(world());
    const { data } = await page.evaluate(() => window.authsignal.passkey.signIn());
    expect(data).toMatchObject({ isVerified: true, userId: "alice" });
    await engine.users.delete("alice");
    const refused = await page.evaluate(() => window.authsignal.passkey.signIn({ action: "sign-in" }));
    expect(refused).toMatchObject({ errorCode: "unknown_credential" });
  });

  it("does both with its cookies on", async () => {
    const { engine, page } = world();
    const { token } = await track(engine, "alice");
    const signedUp = await page.evaluate(
      (token) => window.authsignal.passkey.signUp({ token, username: "alice", useCookies: true }),
      token,
    );
    expect(signedUp).toMatchObject({ data: { userAuthenticator: { verificationMethod: "PASSKEY" } } });
    const byToken = await page.evaluate(
      (token) => window.authsignal.passkey.signIn({ token, useCookies: true }),
      (await track(engine, "alice")).token,
    );
    expect(byToken).toMatchObject({ data: { isVerified: true } });
    const byAction = await page.evaluate(() =>
      window.authsignal.passkey.signIn({ action: "sign-in", useCookies: true }),
    );
    expect(byAction).toMatchObject({ data: { isVerified: true, userId: "alice" } });
  });

  it("tells whether the device has a passkey of a user", async () => {
    const { engine, page } = world();
    await signUp(world());
    const isAvailable = (): Promise<boolean> =>
      page.evaluate(() => window.authsignal.passkey.isAvailableOnDevice({ userId: "alice" }));
    await expect(isAvailable()).resolves.toBe(true);
    await engine.users.delete("alice");
    await expect(isAvailable()).resolves.toBe(false);
  });

  it("T30: gets no answer from an authenticator that cannot verify its user", async () => {
    const { engine, page, authenticator } = world();
    await signUp(world());
    const { token } = await track(engine, "alice");
    await authenticator.refuse(true);
    await expect(page.evaluate((token) => window.authsignal.passkey.signIn({ token }), token)).rejects.toThrow(
      "NotAllowedError",
    );
  });

  it("enrols an authenticator app, and completes a challenge with it", async () => {
    const { engine, clock, page } = world();
    const { token } = await track(engine, "alice");
    const enrolled = await page.evaluate((token) => {
      window.authsignal.setToken(token);
      return window.authsignal.totp.enroll();
    }, token);
    const secret = enrolled.data?.secret ?? "";
    const verify = async (): Promise<unknown> =>
      page.evaluate((code) => window.authsignal.totp.verify({ code }), codeAt(secret, clock.now()));
    await expect(verify()).resolves.toMatchObject({
      data: { isVerified: true, userAuthenticator: {}, token: expect.any(String) },
    });
    clock.advance(30_000);
    await page.evaluate((next) => window.authsignal.setToken(next), (await track(engine, "alice")).token);
    await expect(verify()).resolves.toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
  });

  it("enrols an e-mail address, and completes a challenge with a code", async () => {
    const { engine, mails, page } = world();
    const { token } = await track(engine, "alice");
    await page.evaluate((token) => {
      window.authsignal.setToken(token);
      return window.authsignal.email.enroll({ email: "alice@mail.example" });
    }, token);
    const verify = async (): Promise<unknown> =>
      page.evaluate((code) => window.authsignal.email.verify({ code }), mails.at(-1)?.code ?? "");
    await expect(verify()).resolves.toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
    await page.evaluate((next) => window.authsignal.setToken(next), (await track(engine, "alice")).token);
    const asked = await page.evaluate(() => window.authsignal.email.challenge());
    expect(asked).toEqual({ data: { challengeId: expect.any(String) } });
    await expect(verify()).resolves.toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
  });

  it("enrols a phone number, and completes a challenge with a code", async () => {
    const { engine, texts, page } = world();
    const { token } = await track(engine, "alice");
    await page.evaluate((token) => {
      window.authsignal.setToken(token);
      return window.authsignal.sms.enroll({ phoneNumber: "+14155550100" });
    }, token);
    const verify = async (): Promise<unknown> =>
      page.evaluate((code) => window.authsignal.sms.verify({ code }), texts.at(-1)?.code ?? "");
    await expect(verify()).resolves.toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
    await page.evaluate((next) => window.authsignal.setToken(next), (await track(engine, "alice")).token);
    await page.evaluate(() => window.authsignal.sms.challenge());
    await expect(verify()).resolves.toMatchObject({ data: { isVerified: true, token: expect.any(String) } });
  });

  it("S5: challenges an address that the backend has given, which enrols and completes in one", async () => {
    const { engine, mails, page } = world();
    await engine.users.update("alice", { email: "alice@mail.example" });
    await page.evaluate((given) => window.authsignal.setToken(given), (await track(engine, "alice")).token);
    await expect(page.evaluate(() => window.authsignal.email.challenge())).resolves.toEqual({
      data: { challengeId: expect.any(String) },
    });
    const verified = await page.evaluate((code) => window.authsignal.email.verify({ code }), mails.at(-1)?.code ?? "");
    const data = verified.data as { readonly token?: string } | undefined;
    expect(data).toMatchObject({ isVerified: true, userAuthenticator: { email: "a•••@mail.example" } });
    const result = { token: data?.token ?? "", userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(result, never)).resolves.toMatchObject({ isValid: true });
  });

  it("S18: challenges a number by WhatsApp", async () => {
    const { engine, texts, page } = world();
    await engine.users.update("alice", { phoneNumber: "+14155550100" });
    await page.evaluate((given) => window.authsignal.setToken(given), (await track(engine, "alice")).token);
    await expect(page.evaluate(() => window.authsignal.whatsapp.challenge())).resolves.toEqual({
      data: { challengeId: expect.any(String) },
    });
    const verified = await page.evaluate(
      (code) => window.authsignal.whatsapp.verify({ code }),
      texts.at(-1)?.code ?? "",
    );
    const { token } = verified.data as { readonly token: string };
    const result = { token, userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(result, never)).resolves.toMatchObject({ verificationMethod: "WHATSAPP" });
  });

  it("S18, T55: enrols a mailbox by a link and is challenged by one, once the number that it shows was typed", async () => {
    const { engine, links, page } = world();
    const matched = async (number: string | undefined): Promise<unknown> => {
      const link = new URL(links.at(-1)?.url ?? "").searchParams.get("link");
      await expect(engine.magicLinks.match(link, number)).resolves.toBe(true);
      return page.evaluate(() => window.authsignal.emailML.checkVerificationStatus());
    };
    await page.evaluate((given) => window.authsignal.setToken(given), (await track(engine, "alice")).token);
    const begun = await page.evaluate(() => window.authsignal.emailML.enroll({ email: "alice@mail.example" }));
    expect(await matched(begun.data?.matchingNumber)).toMatchObject({ data: { token: expect.any(String) } });
    await page.evaluate((given) => window.authsignal.setToken(given), (await track(engine, "alice")).token);
    const asked = await page.evaluate(() => window.authsignal.emailML.challenge());
    const { data } = (await matched(asked.data?.matchingNumber)) as { readonly data: { readonly token: string } };
    const result = { token: data.token, userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(result, never)).resolves.toMatchObject({
      isValid: true,
      verificationMethod: "EMAIL_MAGIC_LINK",
    });
  });

  it("S18: enrols a security key that is plugged in, and completes a challenge with it", async () => {
    const { engine, page } = world();
    await addVirtualAuthenticator(page, "usb");
    const { token } = await track(engine, "alice");
    const enrolled = await page.evaluate((token) => {
      window.authsignal.setToken(token);
      return window.authsignal.securityKey.enroll();
    }, token);
    expect(enrolled).toMatchObject({ data: { token: expect.any(String) } });
    await expect(engine.authenticators.list("alice")).resolves.toMatchObject([
      { verificationMethod: "SECURITY_KEY", webauthnCredential: { authenticatorAttachment: "cross-platform" } },
    ]);
    await page.evaluate((next) => window.authsignal.setToken(next), (await track(engine, "alice")).token);
    const { data } = await page.evaluate(() => window.authsignal.securityKey.verify());
    const result = { token: data?.token ?? "", userId: "alice", action: "withdraw-funds" };
    await expect(engine.validateChallenge(result, never)).resolves.toMatchObject({
      isValid: true,
      verificationMethod: "SECURITY_KEY",
    });
  });

  it("passes on that a method is not offered, that a token has expired, and that there is no such action", async () => {
    const { engine, clock, page } = world();
    const { token } = await track(engine, "alice");
    await page.evaluate((token) => window.authsignal.setToken(token), token);
    await expect(
      page.evaluate(() => window.authsignal.push.challenge({ action: "withdraw-funds" })),
    ).resolves.toMatchObject({ errorCode: "not_supported", error: expect.stringContaining("push") });
    await expect(
      page.evaluate(() => window.authsignal.passkey.signIn({ action: "unheard-of" })),
    ).resolves.toMatchObject({ errorCode: "action_unknown" });
    clock.advance(11 * minute);
    await expect(page.evaluate(() => window.authsignal.totp.enroll())).resolves.toMatchObject({
      errorCode: "expired_token",
    });
    await expect(page.evaluate(() => window.expirations)).resolves.toBe(1);
  });
});
