import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { readTextFile } from "../lib/text-file.ts";

/** A certificate and its key, as PEM: a server can be made of them. */
export interface TlsFiles {
  /** The certificate, and behind it those that lead to its root. */
  readonly cert: string;
  readonly key: string;
}

/** Reads the files of `--tls-cert` and `--tls-key`, and warns of a certificate that is not valid today. @throws CliError */
export function readTlsFiles(
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  { warn }: Pick<Terminal, "warn">,
): TlsFiles {
  const cert = readPem("--tls-cert", certFile);
  const key = readPem("--tls-key", keyFile);
  const leaf = orRefuse(() => new X509Certificate(cert), `--tls-cert ${certFile}: It contains no certificate in PEM.`);
  orRefuse(() => createSecureContext({ cert }), `--tls-cert ${certFile}: It is not a chain of certificates in PEM.`);
  orRefuse(
    () => createSecureContext({ key }),
    `--tls-key ${keyFile}: It contains no private key in PEM, or one with a passphrase.`,
  );
  // Why it failed, as OpenSSL says it, differs by its version.
  orRefuse(
    () => createSecureContext({ cert, key, minVersion: MIN_VERSION }),
    `--tls-key ${keyFile}: It is not the key of the first certificate in ${certFile}.`,
  );
  // The machine's clock may be what is wrong, and some clients look no further than the key.
  const now = Date.now();
  if (now < Date.parse(leaf.validFrom) || now > Date.parse(leaf.validTo)) {
    warn(`WARNING: --tls-cert ${certFile} is valid from ${leaf.validFrom} to ${leaf.validTo} only, which is not now.`);
  }
  return { cert, key };
}

/** RFC 9325 section 3.1.1: nothing older. `NODE_OPTIONS=--tls-min-v1.0` does not lower it. */
export const MIN_VERSION = "TLSv1.2";

function readPem(flag: string, file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new CliError(`${flag} ${file}: It cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** What OpenSSL says of a file stays out of the message: it may quote it. */
function orRefuse<Made>(make: () => Made, message: string): Made {
  try {
    return make();
  } catch {
    throw new CliError(message);
  }
}
