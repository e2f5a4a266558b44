import type { Authenticator, Engine, Verification } from "@require-action/engine";
import { maskedAddress } from "@require-action/engine/server";
import { isSecurityKey, passkeyName, passkeyProvider } from "./passkey-names.ts";

/** An authenticator on the wire: with what clients show of it. */
type AuthenticatorView = Authenticator & {
  /** True for the one that a user is asked for first. */
  readonly isDefault: boolean;
  readonly webauthnCredential?: Authenticator["webauthnCredential"] & {
    readonly name: string;
    readonly aaguidMapping?: { readonly name: string };
  };
};

/** The user's authenticators as Authsignal's clients read them. `engine` has the order of strength. */
export function viewAuthenticators(
  { verificationMethods }: Pick<Engine, "verificationMethods">,
  authenticators: readonly Authenticator[],
): readonly AuthenticatorView[] {
  const preferred = preferredMethod(
    verificationMethods.map(({ name }) => name),
    authenticators.map(({ verificationMethod }) => verificationMethod),
  );
  const chosen = authenticators.find(({ verificationMethod }) => verificationMethod === preferred);
  return authenticators.map((one) => viewAuthenticator(one, one === chosen));
}

/** The strongest of the methods that a user has. */
export function preferredMethod(strongestFirst: readonly string[], has: readonly string[]): string | undefined {
  return strongestFirst.find((name) => name !== backupMethod && has.includes(name));
}

/** Stands in for a lost authenticator: having it is not being enrolled. */
export const backupMethod = "RECOVERY_CODE";

function viewAuthenticator(authenticator: Authenticator, isDefault: boolean): AuthenticatorView {
  const { webauthnCredential, ...rest } = authenticator;
  if (webauthnCredential === undefined) return { ...rest, isDefault };
  const provider = passkeyProvider(webauthnCredential);
  const kind = isSecurityKey(webauthnCredential, rest.verificationMethod) ? "Security key" : "Passkey";
  return {
    ...rest,
    isDefault,
    webauthnCredential: {
      ...webauthnCredential,
      name: passkeyName(webauthnCredential) ?? kind,
      ...(provider === undefined ? {} : { aaguidMapping: { name: provider } }),
    },
  };
}

/** The same for a browser: whoever has a token of the user need not learn where their mailbox is. */
export function masked<One extends { readonly email?: string; readonly phoneNumber?: string }>(one: One): One {
  const { email, phoneNumber } = one;
  return {
    ...one,
    ...(email === undefined ? {} : { email: maskedAddress(email) }),
    ...(phoneNumber === undefined ? {} : { phoneNumber: maskedAddress(phoneNumber) }),
  };
}

/** What an answer was worth, with the authenticator as browsers see it. */
export function viewVerification({ userAuthenticator, ...verification }: Verification): object {
  if (userAuthenticator === undefined) return verification;
  return { ...verification, userAuthenticator: masked(viewAuthenticator(userAuthenticator, false)) };
}
