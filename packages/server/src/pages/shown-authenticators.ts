import type { Authenticator } from "@require-action/engine";
import { maskedAddress } from "@require-action/engine/server";
import { passkeyName } from "../client-api/passkey-names.ts";
import type { ShownAuthenticator } from "./page-state.ts";
import { visible } from "./visible-text.ts";

/** What the page calls the method itself: no name that tells one from another. */
const NO_NAME = "Passkey";
/** Names of a method's passkeys that are listed where all of them will do. */
const MOST_NAMES = 3;

/** All that a user has, for its owner to tell apart. Passkeys of one name are numbered, the oldest first. */
export function shownAuthenticators(authenticators: readonly Authenticator[]): readonly ShownAuthenticator[] {
  const names = numberedNames(authenticators);
  return authenticators.map((authenticator) => {
    const { userAuthenticatorId, lastVerifiedAt, webauthnCredential } = authenticator;
    const name = names.get(userAuthenticatorId);
    return {
      ...shownAs(authenticator, name),
      ...(name === undefined ? {} : { name: webauthnCredential?.name ?? name }),
      ...(lastVerifiedAt === undefined ? {} : { lastUsedAt: Date.parse(lastVerifiedAt) }),
    };
  });
}

/** What can complete a challenge, one of each method: whichever of these authenticators of it the user takes. */
export function shownMethods(
  methods: readonly Authenticator[],
  authenticators: readonly Authenticator[],
): readonly ShownAuthenticator[] {
  const names = numberedNames(authenticators);
  return methods.map((one) => {
    const ofMethod = authenticators
      .filter(({ verificationMethod }) => verificationMethod === one.verificationMethod)
      .flatMap(({ userAuthenticatorId }) => names.get(userAuthenticatorId) ?? []);
    const listed = ofMethod.slice(0, MOST_NAMES).join(", ");
    return shownAs(one, ofMethod.length > MOST_NAMES ? `${listed}, \u2026` : listed || undefined);
  });
}

function shownAs(authenticator: Authenticator, name: string | undefined): ShownAuthenticator {
  const { userAuthenticatorId, verificationMethod, createdAt, email, phoneNumber } = authenticator;
  const address = email ?? phoneNumber;
  const ownName = name === NO_NAME ? undefined : name;
  const hint = address === undefined ? ownName : maskedAddress(address);
  return {
    userAuthenticatorId,
    verificationMethod,
    createdAt: Date.parse(createdAt),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** By id, the names of passkeys as they are shown. */
function numberedNames(authenticators: readonly Authenticator[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    authenticators.flatMap(({ userAuthenticatorId, verificationMethod, webauthnCredential }) => {
      if (webauthnCredential === undefined) return [];
      const name = visible(passkeyName(webauthnCredential, verificationMethod));
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [[userAuthenticatorId, count === 1 ? name : `${name} (${count})`] as const];
    }),
  );
}
