import type { Authenticator, Engine, Verification } from "@require-action/engine";
import { maskedAddress } from "@require-action/engine/server";
import { type ParsedUserAgent, parseUserAgent } from "./parsed-user-agent.ts";
import { isSecurityKey, passkeyName, passkeyProvider } from "./passkey-names.ts";

/** An authenticator on the wire: with what clients show of it. */
type AuthenticatorView = Authenticator & {
  /** True for the one that a user is asked for first. */
  readonly isDefault: boolean;
  readonly webauthnCredential?: Omit<NonNullable<Authenticator["webauthnCredential"]>, "userAgent"> & {
    readonly name: string;
    readonly aaguidMapping?: { readonly name: string };
    readonly parsedUserAgent?: ParsedUserAgent;
  };
};

/** The user's authenticators as Authsignal's clients read them. `engine` has the order of strength. */
export async function viewAuthenticators(
  { verificationMethods }: Pick<Engine, "verificationMethods">,
  authenticators: readonly Authenticator[],
): Promise<readonly AuthenticatorView[]> {
  const preferred = preferredMethod(
    verificationMethods.map(({ name }) => name),
    authenticators.map(({ verificationMethod }) => verificationMethod),
  );
  const chosen = authenticators.find(({ verificationMethod }) => verificationMethod === preferred);
  return Promise.all(authenticators.map((one) => viewAuthenticator(one, one === chosen)));
}

/** The strongest of the methods that a user has. */
export function preferredMethod(strongestFirst: readonly string[], has: readonly string[]): string | undefined {
  return strongestFirst.find((name) => name !== backupMethod && has.includes(name));
}

/** Stands in for a lost authenticator: having it is not being enrolled. */
export const backupMethod = "RECOVERY_CODE";

async function viewAuthenticator(authenticator: Authenticator, isDefault: boolean): Promise<AuthenticatorView> {
  const { webauthnCredential, ...rest } = authenticator;
  if (webauthnCredential === undefined) return { ...rest, isDefault };
  const { userAgent, ...credential } = webauthnCredential;
  const provider = passkeyProvider(webauthnCredential);
  const kind = isSecurityKey(webauthnCredential, rest.verificationMethod) ? "Security key" : "Passkey";
  return {
    ...rest,
    isDefault,
    webauthnCredential: {
      ...credential,
      name: passkeyName(webauthnCredential) ?? kind,
      ...(provider === undefined ? {} : { aaguidMapping: { name: provider } }),
      ...(userAgent === undefined ? {} : { parsedUserAgent: await parseUserAgent(userAgent) }),
    },
  };
}

/** The same for a browser: without the id by which rules know the device, which whoever has a token could claim as their own. */
export function forBrowser(view: AuthenticatorView): AuthenticatorView {
  const { webauthnCredential, ...rest } = masked(view);
  if (webauthnCredential === undefined) return rest;
  const { deviceId: _kept, ...shown } = webauthnCredential;
  return { ...rest, webauthnCredential: shown };
}

/** Addresses for a browser: whoever has a token of the user need not learn where their mailbox is. */
export function masked<One extends { readonly email?: string; readonly phoneNumber?: string }>(one: One): One {
  const { email, phoneNumber } = one;
  return {
    ...one,
    ...(email === undefined ? {} : { email: maskedAddress(email) }),
    ...(phoneNumber === undefined ? {} : { phoneNumber: maskedAddress(phoneNumber) }),
  };
}

/** What an answer was worth, with the authenticator as browsers see it. */
export async function viewVerification({ userAuthenticator, ...verification }: Verification): Promise<object> {
  if (userAuthenticator === undefined) return verification;
  return { ...verification, userAuthenticator: forBrowser(await viewAuthenticator(userAuthenticator, false)) };
}
