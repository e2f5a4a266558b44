import type { Authenticator, Engine, Verification } from "@require-action/engine";
import { maskedAddress } from "@require-action/engine/server";

/** An authenticator on the wire: with what clients show of it. */
type AuthenticatorView = Authenticator & {
  /** True for the one that a user is asked for first. */
  readonly isDefault: boolean;
  readonly webauthnCredential?: Authenticator["webauthnCredential"] & {
    readonly name: string;
    readonly aaguidMapping?: { readonly name: string };
  };
};

/**
 * Names of what keeps passkeys, by the model that it reports.
 * @see https://github.com/passkeydeveloper/passkey-authenticator-aaguids
 */
const keepers: ReadonlyMap<string, string> = new Map([
  ["ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"],
  ["fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain"],
  ["dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain (Managed)"],
  ["adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"],
  ["08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"],
  ["9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"],
  ["6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"],
  ["bada5566-a7aa-401f-bd96-45619a55120d", "1Password"],
  ["53414d53-554e-4700-0000-000000000000", "Samsung Pass"],
  ["fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC"],
  ["531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"],
]);

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
  const keeper = keepers.get(webauthnCredential.aaguid);
  return {
    ...rest,
    isDefault,
    webauthnCredential: {
      ...webauthnCredential,
      name: keeper ?? (rest.verificationMethod === "SECURITY_KEY" ? "Security key" : "Passkey"),
      ...(keeper === undefined ? {} : { aaguidMapping: { name: keeper } }),
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
