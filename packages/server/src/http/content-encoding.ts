import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

type Encoding = "br" | "gzip";

/** How hard a text is compressed: `best` takes a tenth of a second, `fast` a hundredth of that. */
type Effort = "fast" | "best";

const brotliQualities: Readonly<Record<Effort, number>> = { fast: 5, best: constants.BROTLI_MAX_QUALITY };
const gzipLevels: Readonly<Record<Effort, number>> = {
  fast: constants.Z_DEFAULT_COMPRESSION,
  best: constants.Z_BEST_COMPRESSION,
};

/** A text that is sent compressed to whoever accepts that. */
interface CompressedText {
  /** The reply to a request, with `Content-Encoding` and `Vary`. */
  reply(request: Request, headers: Readonly<Record<string, string>>): Promise<Response>;
}

/**
 * Creates a text to be sent more than once (`best`: compressed once, as well as can be) or just once (`fast`). It must hold
 * nothing secret beside what a request can have in it, as the length of a compressed text says how alike they are.
 */
export function createCompressedText(text: string, effort: Effort): CompressedText {
  const compressed = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();

  function compress(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    const known = compressed.get(encoding);
    if (known !== undefined) return known;
    const made =
      encoding === "br"
        ? promisify(brotliCompress)(text, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: brotliQualities[effort],
              [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
            },
          })
        : promisify(gzip)(text, { level: gzipLevels[effort] });
    compressed.set(encoding, made);
    return made;
  }

  return {
    async reply(request, headers) {
      const encoding = acceptedEncoding(request.headers.get("accept-encoding") ?? "");
      const varied = { ...headers, vary: "accept-encoding" };
      if (encoding === undefined) return new Response(text, { headers: varied });
      return new Response(await compress(encoding), { headers: { ...varied, "content-encoding": encoding } });
    },
  };
}

/**
 * The best encoding that a client accepts.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
function acceptedEncoding(header: string): Encoding | undefined {
  const weights = new Map(
    header.split(",").map((item) => {
      const [coding = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return [coding, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  const isAccepted = (encoding: Encoding): boolean => (weights.get(encoding) ?? weights.get("*") ?? 0) > 0;
  return (["br", "gzip"] as const).find(isAccepted);
}
