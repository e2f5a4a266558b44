/** Makes of a `url` that `track` returned the one that opens the management of factors, for `redirectToSettings`. */
export function settingsUrl(url: string): string {
  const settings = new URL(url);
  settings.searchParams.set("view", "settings");
  return settings.href;
}
