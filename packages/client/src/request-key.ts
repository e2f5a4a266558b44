/**
 * A text that is equal for requests that are the same: method, URL, credentials, headers and body. Only the boundary of a
 * form, which is another each time, does not count.
 */
export async function requestKey(request: Request): Promise<string> {
  const { method, url, credentials, headers } = request;
  const body = await request.clone().arrayBuffer();
  // Latin-1 gives every byte a character of its own, so different bodies stay different.
  const key = JSON.stringify([method, url, credentials, [...headers], new TextDecoder("latin1").decode(body)]);
  const [, boundary] = /^multipart\/form-data;\s*boundary=(.+)$/.exec(headers.get("content-type") ?? "") ?? [];
  return boundary ? key.replaceAll(boundary, "") : key;
}
