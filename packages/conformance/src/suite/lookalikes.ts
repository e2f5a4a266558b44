/** Texts that careless stores and ledgers mix up. */
export const LOOKALIKES: readonly string[] = ["a:b", "a", "A", "b", "a b", "ab", "a'b", "\u00e9", "e\u0301"];
