import type { RunningExample } from "@require-action-examples/bank";
import type { ManualClock } from "@require-action/testing";
import { TOTP, URI } from "otpauth";
import { openBrowser } from "./browser.ts";
import type { Transcript } from "./transcript.ts";

const CLIENT_API = "/auth/v1/client";
const FRIEND = "DE02120300000000202051";

/** What the story needs besides the application. */
export interface Stage {
  readonly clock: ManualClock;
  /** Cuts the line between the application and the engine, or mends it. */
  setReachable(reachable: boolean): void;
}

/** Plays every outcome of the withdrawal against a running example. */
export async function playStory(
  bank: RunningExample,
  { clock, setReachable }: Stage,
  transcript: Transcript,
): Promise<void> {
  const { step, note, expect, check } = transcript;
  const alice = openBrowser(bank.url, transcript.watch);
  const mallory = openBrowser(bank.url, transcript.watch);
  const balance = (): string => bank.bank.balance("alice");
  const withdraw = (
    amount: string,
    { payee = FRIEND, token, who = alice }: { payee?: string; token?: string; who?: typeof alice } = {},
  ) =>
    who.post("/withdrawals", { amount, currency: "EUR", payee }, token === undefined ? {} : { "action-token": token });

  step("Nobody is signed in");
  expect(await withdraw("250.00"), 401, { code: "authentication_required" });

  step("Sign in: Alice, and Mallory in another browser");
  expect(await alice.post("/session", { user: "alice" }), 200);
  expect(await mallory.post("/session", { user: "mallory" }), 200);

  step("CHALLENGE, and Alice has no authenticator yet: she is asked to enroll one");
  const unenrolled = await withdraw("250.00");
  expect(unenrolled, 403, { code: "enrollment_required" });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const enrollment = await alice.post(
    `${CLIENT_API}/user-authenticators/totp`,
    undefined,
    bearer(unenrolled.body.token),
  );
  const app = URI.parse(enrollment.body.uri) as TOTP;
  const code = (): string => app.generate({ timestamp: clock.now() });
  note("Alice scans the secret with her authenticator app");
  const activated = await alice.post(
    `${CLIENT_API}/verify/totp`,
    { verificationCode: code() },
    bearer(unenrolled.body.token),
  );
  expect(activated, 200, { isVerified: true });

  step("CHALLENGE: an amount over 100, or a new device");
  const challenged = await withdraw("250.00");
  expect(challenged, 403, { code: "challenge_required", state: "CHALLENGE_REQUIRED" });
  note("30 seconds later, the app shows a new code");
  clock.advance(30_000);
  const verified = await alice.post(
    `${CLIENT_API}/verify/totp`,
    { verificationCode: code() },
    bearer(challenged.body.token),
  );
  expect(verified, 200, { isVerified: true });
  const token: string = verified.body.accessToken;

  step("The amount is changed on the retry: refused, and the approval is not lost");
  expect(await withdraw("9999.00", { token }), 403, { code: "action_parameters_changed" });
  check("no money moved", balance() === "20000.00");

  step("Another user's token");
  expect(await withdraw("250.00", { token, who: mallory }), 403, { code: "action_token_invalid" });
  check("no money moved", balance() === "20000.00" && bank.bank.balance("mallory") === "20000.00");

  step("The approved withdrawal, repeated with its token");
  expect(await withdraw("250.00", { token }), 200, { withdrawn: "250.00", balance: "19750.00" });

  step("The same token again");
  expect(await withdraw("250.00", { token }), 409, { code: "action_token_used" });
  check("the money moved once", balance() === "19750.00");

  step("ALLOW: a small amount from a device that is known by now");
  expect(await withdraw("40.00"), 200, { withdrawn: "40.00", balance: "19710.00" });

  step("REVIEW: the payee's country needs a look");
  const panama = "PA12BANK00000000001234";
  const review = await withdraw("75.00", { payee: panama });
  expect(review, 202, { code: "review_required", state: "REVIEW_REQUIRED" });
  const key: string = review.body.idempotencyKey;
  expect(await withdraw("75.00", { payee: panama, token: key }), 202, { code: "review_required" });
  const [queued] = (await bank.engine.reviews.list()).items;
  await bank.engine.reviews.approve(queued!, { reviewer: "bob", note: "Invoice seen." });
  note("Bob approves it in the review queue");
  expect(await withdraw("75.00", { payee: panama, token: key }), 200, { withdrawn: "75.00", balance: "19635.00" });
  expect(await withdraw("75.00", { payee: panama, token: key }), 409, { code: "action_token_used" });

  step("BLOCK: a listed payee");
  expect(await withdraw("20.00", { payee: "GB33BUKB20201555555555" }), 403, { code: "action_blocked" });

  step("The engine cannot be reached: nothing is decided, and nothing runs");
  setReachable(false);
  expect(await withdraw("40.00"), 503, { code: "decision_unavailable" });
  setReachable(true);
  check("no money moved", balance() === "19635.00");

  step("The engine is back");
  expect(await withdraw("40.00"), 200, { balance: "19595.00" });
  check("the bank's books: 250.00, 40.00, 75.00, 40.00", books(bank) === "250.00 40.00 75.00 40.00");
}

function books({ bank }: RunningExample): string {
  return bank.withdrawals.map(({ amount }) => amount).join(" ");
}
