/** A browser's description of itself, taken apart as Authsignal's clients read it. What is not known is absent. */
export interface ParsedUserAgent {
  /** The whole of it. */
  readonly ua: string;
  /** With `name`, `version` and `major`. */
  readonly browser?: Parts;
  /** With `name` and `version`, as `os`. */
  readonly engine?: Parts;
  readonly os?: Parts;
  /** With `vendor`, `model`, and a `type`: `desktop`, `mobile`, `tablet`, `tv` or `bot`. */
  readonly device?: Parts;
}

type Parts = Readonly<Record<string, string>>;

/** Takes a description apart, for people to read: nothing is decided by it. The library is loaded with the first one. */
export async function parseUserAgent(ua: string): Promise<ParsedUserAgent> {
  // The library throws at an empty one.
  if (ua === "") return { ua };
  const { default: bowser } = await import("bowser");
  const { browser, engine, os, platform } = bowser.parse(ua);
  const parts = {
    browser: { name: browser.name, version: browser.version, major: browser.version?.split(".")[0] },
    engine: { name: engine.name, version: engine.version },
    os: { name: os.name, version: os.version },
    device: { type: platform.type, vendor: platform.vendor, model: platform.model },
  };
  const known = Object.entries(parts).map(([name, part]) => [name, knownOf(part)] as const);
  return { ua, ...Object.fromEntries(known.filter(([, part]) => Object.keys(part).length > 0)) };
}

/** The library writes what it does not know as nothing, or as an empty text. */
function knownOf(part: Readonly<Record<string, string | undefined>>): Parts {
  return Object.fromEntries(
    Object.entries(part).filter((member): member is [string, string] => member[1] !== undefined && member[1] !== ""),
  );
}
