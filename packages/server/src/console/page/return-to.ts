const MAX_LENGTH = 4000;
/** A page beside the others and its parameters, in what an address is written with. */
const BESIDE = /^[a-z][a-z-]*(?:\?[!-"$-[\]-~]*)?$/;

/**
 * The page of the console to go to after something else, relative to its other pages, as a link or a form names it. Whatever is not
 * plainly one of them leads to the queue, and so do the pages that sign somebody in or out.
 */
export function returnTo(given: string | null | undefined): string {
  const isPage = given !== null && given !== undefined && given.length <= MAX_LENGTH && BESIDE.test(given);
  return isPage && !given.startsWith("sign-") ? given : "reviews";
}

/** The address of the page that a request is for, to come back to it. */
export function addressOf({ pathname, search }: URL): string {
  return `${pathname.slice(pathname.lastIndexOf("/") + 1)}${search}`;
}

/** An address of the console: parameters without a value are left out. */
export function address(
  page: string,
  parameters: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value ?? []].flat()) if (one !== "") search.append(name, one);
  }
  return search.size === 0 ? page : `${page}?${search.toString()}`;
}

/** The address of a page that says what was done. */
export function withNotice(back: string, notice: Readonly<Record<string, string>>): string {
  const [page = "reviews", query] = back.split("?");
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(notice)) search.set(name, value);
  return `${page}?${search.toString()}`;
}

/** The sign-in page, to come back to another one afterwards. */
export function signInAddress(back: string): string {
  return address("sign-in", { return: back === "reviews" ? undefined : back });
}
