export { createAddressLimits } from "./context/address-limits.ts";
export { deliver } from "./methods/delivery.ts";
export { createKeyedHashes, deriveKey, isEqual, type KeyedHashes } from "./keys/keyring.ts";
export { createOwnTokens, invalidToken, type OwnTokens } from "./keys/own-tokens.ts";
export { networkOf } from "./lib/address.ts";
export { pickFields, shownFields } from "./store/shown-fields.ts";
export { type EngineTrackRequest, parseTrack } from "./context/track-input.ts";
