import type { Store } from "@require-action/engine";
import { publishPolicy } from "@require-action/engine/policy";
import type { PolicyRecord } from "@require-action/engine/store";
import { CliError, printable, type Terminal } from "../lib/terminal.ts";
import { compileText } from "../policy/compile-file.ts";
import { readText } from "../policy/source-text.ts";
import { inWords, openStore } from "./open-store.ts";
import type { StoreLocation } from "./store-location.ts";

const PAGE = 100;

/** Reads a policy whole, and publishes it to a store. @throws CliError with every mistake */
export async function publishFile(
  file: string,
  options: { readonly actor?: string; readonly expected?: number },
  location: StoreLocation,
  terminal: Terminal,
): Promise<void> {
  const text = readText(file);
  const { version } = compileText(file, text);
  const { newest, isNew } = await withStore(location, terminal, (store) => publishPolicy(store, text, options));
  if (newest?.version !== version) {
    const found = newest === undefined ? "there is none" : `the newest is version ${newest.number}`;
    throw new CliError(`${file} is not published: ${found}, and --expect says ${options.expected}.`, 1);
  }
  terminal.write(`${file} is ${isNew ? "" : "already "}version ${newest.number} of the policy.`);
}

/** Lists the versions in a store, newest first. @throws CliError */
export async function listVersions(location: StoreLocation, terminal: Terminal): Promise<void> {
  await withStore(location, terminal, async (store) => {
    let after: string | undefined;
    let count = 0;
    do {
      const page = await store.listPolicies({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const { number, version, publishedAt, publishedBy } of page.items) {
        const by = publishedBy === undefined ? "" : `  ${printable(publishedBy)}`;
        terminal.write(`${String(number).padStart(5)}  ${new Date(publishedAt).toISOString()}  ${version}${by}`);
      }
      count += page.items.length;
      after = page.next;
    } while (after !== undefined);
    if (count === 0) terminal.warn("The store has no policy yet.");
  });
}

/** Prints a version as it was published, the newest where no number is given. @throws CliError where it is not there */
export async function showVersion(
  number: number | undefined,
  location: StoreLocation,
  terminal: Terminal,
): Promise<void> {
  const found = await withStore(location, terminal, async (store): Promise<PolicyRecord | undefined> => {
    if (number === undefined) return store.findNewestPolicy();
    return (await store.listPolicies({ number, limit: 1 })).items[0];
  });
  if (found !== undefined) return terminal.write(found.source.replace(/\n$/, ""));
  throw new CliError(
    number === undefined ? "The store has no policy yet." : `The store has no version ${number} of the policy.`,
    1,
  );
}

async function withStore<Answer>(
  location: StoreLocation,
  terminal: Terminal,
  work: (store: Store) => Promise<Answer>,
): Promise<Answer> {
  const { store, close } = await openStore(location, { migrate: false }, terminal);
  try {
    return await inWords(() => work(store));
  } finally {
    await close();
  }
}
