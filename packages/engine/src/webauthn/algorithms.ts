/**
 * EdDSA, ES256 and RS256, by their COSE numbers: what every authenticator has one of, and every supported Node verifies.
 * @see https://www.iana.org/assignments/cose/cose.xhtml#algorithms
 */
export const passkeyAlgorithms: readonly number[] = [-8, -7, -257];
