/** Longer texts than browsers send are not looked at. */
const MAX_LENGTH = 512;

/** In this order, as most browsers also claim to be those below them. */
const browsers: readonly (readonly [name: string, token: string])[] = [
  ["Edge", "Edg/"],
  ["Edge", "EdgA/"],
  ["Opera", "OPR/"],
  ["Samsung Internet", "SamsungBrowser/"],
  ["Firefox", "Firefox/"],
  ["Firefox", "FxiOS/"],
  ["Chrome", "CriOS/"],
  ["Chrome", "Chrome/"],
  ["Safari", "Version/"],
];
const systems: readonly (readonly [name: string, token: string])[] = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows NT"],
  ["macOS", "Mac OS X"],
  ["ChromeOS", "CrOS"],
  ["Linux", "Linux"],
];

/** Browser and system as people call them, such as `Chrome 126 on Windows`; `undefined` for what is no browser's. It is a claim. */
export function describeUserAgent(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !text.startsWith("Mozilla/")) return undefined;
  const browser = browsers.find(([, token]) => text.includes(token));
  const system = systems.find(([, token]) => text.includes(token))?.[0];
  if (browser === undefined) return system === undefined ? undefined : `A browser on ${system}`;
  const [name, token] = browser;
  const version = /^\d{1,4}/.exec(text.slice(text.indexOf(token) + token.length))?.[0];
  return `${name}${version === undefined ? "" : ` ${version}`}${system === undefined ? "" : ` on ${system}`}`;
}
