import { randomUUID } from "node:crypto";
import { isId } from "@require-action/core/provider";
import { type Engine } from "@require-action/engine";
import { parseProfileField, parseTrack } from "@require-action/engine/server";
import { errorReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import {
  addressFields,
  type ClaimAttributes,
  type CodeChallenge,
  type CodeMethod,
} from "../code-challenges/challenge-slots.ts";
import {
  type Body,
  invalid,
  optionalFlag,
  optionalText,
  pathId,
  pickMembers,
  queryText,
  requiredText,
} from "../http/request-fields.ts";
import { notSupported } from "./not-supported.ts";
import type { CodeServices, ServerApiContext } from "./server-api-context.ts";

const passedOn: readonly (keyof ClaimAttributes)[] = [
  "deviceId",
  "ipAddress",
  "userAgent",
  "scope",
  "locale",
  "custom",
];

/**
 * Codes to addresses, before the user is known: begin, verify, claim for a user, look up.
 * @see https://docs.authsignal.com/api-reference/server-api/challenge
 */
export function challengeRoutes({ engine, codes }: ServerApiContext): readonly Route[] {
  const route = (method: Route["method"], path: string, handle: (codes: CodeServices) => Route["handle"]): Route => ({
    method,
    path,
    handle:
      codes === undefined
        ? async () => notSupported("Challenges to addresses need the engine's store and delivery.")
        : handle(codes),
  });

  const look =
    ({ challenges }: CodeServices): Route["handle"] =>
    async ({ url, body }) => {
      const read = (name: string): string | undefined => queryText(url, name) ?? optionalText(body, name);
      const challengeId = read("challengeId");
      const userId = read("userId");
      const action = read("action");
      const method = read("verificationMethod");
      let found: CodeChallenge | undefined;
      if (challengeId !== undefined) found = await challenges.find(challengeId);
      else if (userId === undefined) throw invalid("challengeId, or userId and action, are needed.");
      else if (action === undefined) throw invalid("action is needed beside userId.");
      else found = await challenges.findLast(action, readUserId(userId));
      const isMeant =
        (userId === undefined || challengeId === undefined || found?.userId === userId) &&
        (action === undefined || found?.action === action) &&
        (method === undefined || found?.verificationMethod === method);
      if (found === undefined || !isMeant) {
        return errorReply(401, "unauthorized", "There is no such challenge: it is unknown, claimed, or expired.");
      }
      const { expiresAt, verificationMethod } = found;
      return {
        challengeId: found.challengeId,
        expiresAt,
        verificationMethod,
        ...smsChannelOf(verificationMethod),
        ...addressOf(found),
        action: found.action,
      };
    };

  return [
    route("POST", "/challenge", ({ challenges }) => async ({ body }) => {
      const resent = optionalText(body, "challengeId");
      const challenge =
        resent === undefined
          ? await challenges.begin(await readRequest(engine, body))
          : await challenges.resend(resent);
      if (challenge === undefined) throw invalid("challengeId is not one of an open challenge.");
      const { challengeId, idempotencyKey, expiresAt } = challenge;
      return { challengeId, idempotencyKey, expiresAt };
    }),
    route("POST", "/verify", ({ challenges }) => async ({ body }) => {
      const challengeId = requiredText(body, "challengeId");
      const result = await challenges.verify(challengeId, requiredText(body, "verificationCode"));
      if (!result.isVerified) return result;
      const { verificationMethod } = result.challenge;
      return { isVerified: true, verificationMethod, ...addressOf(result.challenge) };
    }),
    route("POST", "/claim", ({ challenges, claims }) => async ({ signal, body }) => {
      const challengeId = requiredText(body, "challengeId");
      const userId = readUserId(requiredText(body, "userId"));
      const skipsCheck = optionalFlag(body, "skipVerificationCheck") ?? false;
      if (skipsCheck && (await challenges.findVerified(challengeId)) === undefined) {
        return notSupported("A challenge is claimed once it is verified: skipVerificationCheck is not supported.");
      }
      const { token, method } = await claims.claim(challengeId, userId, signal);
      return { token, verificationMethod: method };
    }),
    route("GET", "/challenges", look),
    // As Authsignal's .NET SDK sends it, with the same members in its query or its body.
    route("POST", "/challenges", look),
  ];
}

async function readRequest({ users }: Engine, body: Body): Promise<Omit<CodeChallenge, "challengeId" | "expiresAt">> {
  const action = requiredText(body, "action");
  const userId = optionalText(body, "userId");
  const user = userId === undefined ? undefined : await users.find(readUserId(userId));
  const verificationMethod = readMethod(body);
  const name = addressFields[verificationMethod];
  const given = optionalText(body, name) || user?.[name];
  if (given === undefined) throw invalid(`${name} is missing, and the user has none.`);
  const address = parseProfileField(name, given);
  const passed = {
    ...(pickMembers(body, passedOn) as ClaimAttributes),
    [name]: address,
    idempotencyKey: pathId("idempotencyKey", optionalText(body, "idempotencyKey") ?? randomUUID()),
  };
  // Read now, as it will be when the challenge is claimed: an anonymous user has no id yet, so any will do.
  const { key, attributes } = parseTrack({ userId: userId ?? "anonymous", action, attributes: passed });
  const { email: _email, phoneNumber: _phoneNumber, ...claimed } = attributes;
  return {
    verificationMethod,
    address,
    action,
    idempotencyKey: key.idempotencyKey,
    ...(userId === undefined ? {} : { userId }),
    attributes: claimed,
  };
}

function readMethod(body: Body): CodeMethod {
  const method = optionalText(body, "verificationMethod");
  const channel = optionalText(body, "smsChannel") ?? "DEFAULT";
  if (channel !== "DEFAULT" && channel !== "WHATSAPP") throw invalid("smsChannel must be DEFAULT or WHATSAPP.");
  if (method === "SMS" && channel === "WHATSAPP") return "WHATSAPP";
  if (method === "EMAIL_OTP" || method === "SMS" || method === "WHATSAPP") return method;
  if (method !== undefined) throw invalid("verificationMethod must be EMAIL_OTP, SMS or WHATSAPP.");
  const byEmail = optionalText(body, "email") !== undefined;
  const byPhone = optionalText(body, "phoneNumber") !== undefined;
  if (byEmail === byPhone) throw invalid("verificationMethod is missing: EMAIL_OTP, SMS or WHATSAPP.");
  if (byEmail) return "EMAIL_OTP";
  return channel === "WHATSAPP" ? "WHATSAPP" : "SMS";
}

/** How a number is written to, in Authsignal's words. */
function smsChannelOf(method: CodeMethod): { readonly smsChannel?: "DEFAULT" | "WHATSAPP" } {
  if (method === "EMAIL_OTP") return {};
  return { smsChannel: method === "WHATSAPP" ? "WHATSAPP" : "DEFAULT" };
}

function readUserId(userId: string): string {
  if (!isId(userId)) throw invalid("userId is not an id.");
  return pathId("userId", userId);
}

function addressOf({ verificationMethod, address }: CodeChallenge): object {
  return { [addressFields[verificationMethod]]: address };
}
