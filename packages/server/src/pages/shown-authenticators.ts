import type { Authenticator } from "@require-action/engine";
import { maskedAddress } from "@require-action/engine/server";
import { isSecurityKey, passkeyName } from "../client-api/passkey-names.ts";
import type { Language } from "../languages/languages.ts";
import type { ShownAuthenticator } from "./page-state.ts";
import { visible } from "./visible-text.ts";

/** Names of a method's passkeys that are listed where all of them will do. */
const MOST_NAMES = 3;

/** All that a user has, for its owner to tell apart. Passkeys of one name are numbered, the oldest first. */
export function shownAuthenticators(
  authenticators: readonly Authenticator[],
  language: Pick<Language, "text">,
): readonly ShownAuthenticator[] {
  const names = numberedNames(authenticators, language);
  return authenticators.map((authenticator) => {
    const { userAuthenticatorId, lastVerifiedAt, webauthnCredential } = authenticator;
    const name = names.get(userAuthenticatorId);
    return {
      ...shownAs(authenticator, name, language),
      ...(name === undefined ? {} : { name: webauthnCredential?.name ?? name }),
      ...(lastVerifiedAt === undefined ? {} : { lastUsedAt: Date.parse(lastVerifiedAt) }),
    };
  });
}

/** What can complete a challenge, one of each method: whichever of these authenticators of it the user takes. */
export function shownMethods(
  methods: readonly Authenticator[],
  authenticators: readonly Authenticator[],
  language: Pick<Language, "text">,
): readonly ShownAuthenticator[] {
  const names = numberedNames(authenticators, language);
  return methods.map((one) => {
    const ofMethod = authenticators
      .filter(({ verificationMethod }) => verificationMethod === one.verificationMethod)
      .flatMap(({ userAuthenticatorId }) => names.get(userAuthenticatorId) ?? []);
    const listed = ofMethod.slice(0, MOST_NAMES).join(", ");
    return shownAs(one, ofMethod.length > MOST_NAMES ? `${listed}, \u2026` : listed || undefined, language);
  });
}

function shownAs(
  authenticator: Authenticator,
  name: string | undefined,
  { text }: Pick<Language, "text">,
): ShownAuthenticator {
  const { userAuthenticatorId, verificationMethod, createdAt, email, phoneNumber } = authenticator;
  const address = email ?? phoneNumber;
  // The page calls the method itself so: no name that tells one from another.
  const ownName = name === text("method.passkey") ? undefined : name;
  const hint = address === undefined ? ownName : maskedAddress(address);
  return {
    userAuthenticatorId,
    verificationMethod,
    createdAt: Date.parse(createdAt),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** By id, the names of passkeys as they are shown. */
function numberedNames(
  authenticators: readonly Authenticator[],
  { text }: Pick<Language, "text">,
): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    authenticators.flatMap(({ userAuthenticatorId, verificationMethod, webauthnCredential }) => {
      if (webauthnCredential === undefined) return [];
      const kind = isSecurityKey(webauthnCredential, verificationMethod) ? "method.securityKey" : "method.passkey";
      const name = visible(passkeyName(webauthnCredential) ?? text(kind));
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [[userAuthenticatorId, count === 1 ? name : `${name} (${count})`] as const];
    }),
  );
}
