import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { canonicalJson } from "@require-action/core/options";
import { createEngine, createMemoryStore, type Engine, type EngineOptions, type Store } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import {
  createSoftwareAuthenticator,
  flag,
  type SoftwarePasskey,
} from "@require-action-test/support/software-authenticator";
import type { Reason } from "../src/receipts/reasons.ts";

export const rpId = "bank.example";
const origin = "https://www.bank.example";
const bound = { amount: "100.00", payee: "bob" };

type Entry = Record<string, any>;

/** A file that was exported, what it is verified by, and what an operator has who forges it: the engine's key. */
export interface ReceiptFiles {
  readonly text: string;
  /** The receipt of a payment that a passkey has signed, alone. */
  readonly excerpt: string;
  /** A line of an earlier export. */
  readonly checkpoint: string;
  readonly jwks: string;
  readonly forgeries: readonly Forgery[];
}

export interface Forgery {
  readonly name: string;
  readonly reason: Reason;
  readonly text: string;
  readonly checkpoint?: string;
  readonly jwks?: string;
  readonly isExcerpt?: boolean;
}

/** Makes a real file: passkeys, codes and a review, approved and run, in two batches. */
export async function createReceiptFiles(store: Store = createMemoryStore()): Promise<ReceiptFiles> {
  const { privateKey } = generateKeyPairSync("ed25519");
  let now = Date.UTC(2026, 0, 15, 12);
  const clock = { now: () => now };
  const engine = createEngine({
    policy: {
      actions: {
        pay: { defaultOutcome: "CHALLENGE" },
        close: { defaultOutcome: "REVIEW" },
        lend: { defaultOutcome: "REVIEW", review: { approvers: 2 } },
        look: { defaultOutcome: "ALLOW" },
      },
      dataPoints: [],
    },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example/authsignal",
    store,
    passkeys: { rpId, origins: [origin] },
    clock,
    receipts: { keys: [privateKey.export({ format: "jwk" }) as never], executions: "all" },
  });
  const authenticator = createSoftwareAuthenticator({ rpId, origin });
  const [alice, bob] = [await enroll(engine, authenticator, "alice"), await enroll(engine, authenticator, "bob")];
  await pay(engine, "alice", alice, { locale: "de", text: "Auszahlung\nBetrag: 100,00 \u20ac" });
  await engine.receipts!.chain();
  const checkpoint = (await linesOf(engine)).at(-1)!;
  now += 60_000;
  await pay(engine, "alice", alice);
  const paid = await pay(engine, "bob", bob);
  await signIn(engine, alice);
  await payByCode(engine, clock);
  const reviewed = await track(engine, "alice", "close");
  await engine.reviews.approve(reviewed, { reviewer: "rita" });
  const lenders = createSoftwareAuthenticator({ rpId, origin });
  const reviewers = [await invite(engine, lenders, "rita"), await invite(engine, lenders, "ron")] as const;
  await invite(engine, lenders, "eve");
  await lend(engine, reviewers);
  await track(engine, "alice", "look");
  await engine.receipts!.chain();
  const lines = await linesOf(engine);
  const keys = engine.receipts!.publicKeys;
  const by = { actor: "rita", reason: "asked for" };
  const jwks = JSON.stringify({ keys });
  const excerpt = await engine.receipts!.excerpt((await engine.actions.find(paid))!, by);
  return {
    text: `${lines.join("\n")}\n`,
    excerpt: `${excerpt.join("\n")}\n`,
    checkpoint,
    jwks,
    forgeries: [
      ...forge(lines, checkpoint, privateKey, keys[0]!.kid!, bob),
      ...forgeVotes(createForge(lines, privateKey, keys[0]!.kid!)),
      ...forgeForms(createForge(lines, privateKey, keys[0]!.kid!)),
      ...forgeTexts(lines, jwks),
      ...forgeExcerpts(excerpt, lines),
    ],
  };
}

/** An engine that challenges each payment, and keeps receipts. */
function createPayEngine(options: Pick<EngineOptions, "beforeApproval"> = {}): Engine {
  return createEngine({
    policy: { actions: { pay: { defaultOutcome: "CHALLENGE" } }, dataPoints: [] },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example/authsignal",
    store: createMemoryStore(),
    passkeys: { rpId, origins: [origin] },
    receipts: { keys: [generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as never] },
    ...options,
  });
}

/** A real file of users whose devices give a passkey the id of another one: of a reviewer's, and of one that was removed. */
export async function createRemadePasskeys(): Promise<Pick<ReceiptFiles, "text" | "jwks">> {
  const engine = createPayEngine();
  const authenticator = createSoftwareAuthenticator({ rpId, origin });
  const { passkey } = await invite(engine, authenticator, "rita");
  for (let time = 0; time < 2; time++) {
    await pay(engine, "mallory", await enroll(engine, authenticator, "mallory", { id: passkey.id }));
    const [enrolled] = await engine.authenticators.list("mallory");
    await engine.authenticators.remove("mallory", enrolled!.userAuthenticatorId);
  }
  await engine.receipts!.chain();
  const keys = engine.receipts!.publicKeys;
  return { text: `${(await linesOf(engine)).join("\n")}\n`, jwks: JSON.stringify({ keys }) };
}

/** A real file of a user whose first approval waits for the application, until a second one by the same passkey is over. */
export async function createOvertakenApproval(): Promise<Pick<ReceiptFiles, "text" | "jwks">> {
  const waiting: (() => void)[] = [];
  let waits = false;
  const engine = createPayEngine({
    beforeApproval: () => !waits || new Promise((resolve) => waiting.push(() => resolve(true))),
  });
  const passkey = await enroll(engine, createSoftwareAuthenticator({ rpId, origin }), "mallory");
  waits = true;
  const begin = async (): Promise<Promise<unknown>[]> => {
    const asked = waiting.length;
    const paid = pay(engine, "mallory", passkey);
    while (waiting.length === asked) await new Promise((resolve) => setImmediate(resolve));
    return [paid];
  };
  const [[first], [second]] = [await begin(), await begin()];
  for (const [paid, proceed] of [
    [second, waiting[1]],
    [first, waiting[0]],
  ] as const) {
    proceed!();
    await paid;
    await engine.receipts!.chain();
  }
  const keys = engine.receipts!.publicKeys;
  return { text: `${(await linesOf(engine)).join("\n")}\n`, jwks: JSON.stringify({ keys }) };
}

async function linesOf(engine: Engine): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of engine.receipts!.lines()) lines.push(line);
  return lines;
}

let keys = 0;
const never = { signal: new AbortController().signal };

async function track(engine: Engine, userId: string, action = "pay") {
  const key = { userId, action, idempotencyKey: `key-${++keys}` };
  const attributes = { idempotencyKey: key.idempotencyKey, custom: bound };
  const { token = "", receipt } = await engine.track({ ...key, attributes, boundFields: Object.keys(bound) }, never);
  if (receipt !== undefined) await engine.recordExecution?.({ receipt }, never);
  return { ...key, token };
}

async function enroll(
  engine: Engine,
  authenticator: ReturnType<typeof createSoftwareAuthenticator>,
  userId: string,
  ceremony?: { readonly id: string },
): Promise<SoftwarePasskey> {
  const { token } = await track(engine, userId);
  const { options } = await engine.challenges.enroll(token, "PASSKEY", {});
  const { response, passkey } = authenticator.create(options as never, ceremony);
  await engine.challenges.verify(token, "PASSKEY", response);
  return passkey;
}

async function run(engine: Engine, userId: string, token: string): Promise<void> {
  const { receipt = "" } = await engine.validateChallenge({ token, userId, action: "pay" }, never);
  await engine.recordExecution?.({ receipt }, never);
}

async function pay(
  engine: Engine,
  userId: string,
  passkey: SoftwarePasskey,
  shown?: { readonly locale: string; readonly text: string },
): Promise<{ readonly userId: string; readonly action: string; readonly idempotencyKey: string }> {
  const { token, ...key } = await track(engine, userId);
  const { options } = await engine.challenges.send(token, "PASSKEY", shown && { shown });
  const { accessToken = "" } = await engine.challenges.verify(token, "PASSKEY", passkey.get(options as never));
  await run(engine, userId, accessToken);
  return key;
}

interface Approver {
  readonly reviewer: string;
  readonly passkey: SoftwarePasskey;
}

/** Has somebody become a reviewer with a passkey. */
async function invite(
  { reviewers }: Engine,
  authenticator: ReturnType<typeof createSoftwareAuthenticator>,
  reviewer: string,
): Promise<Approver> {
  const by = { actor: "operator", reason: "a test" };
  const { token } = await reviewers.invite(reviewer, { role: "decide", userIds: [] }, by);
  const { challengeId, options } = await reviewers.passkeys!.open(token, reviewer);
  const { response, passkey } = authenticator.create(options as never);
  await reviewers.passkeys!.accept(token, reviewer, challengeId, response);
  return { reviewer, passkey };
}

/** Has a loan approved by two reviewers, each with a passkey, and run. */
async function lend(engine: Engine, approvers: readonly Approver[]): Promise<void> {
  const { token: _token, ...key } = await track(engine, "alice", "lend");
  for (const { reviewer, passkey } of approvers) {
    const begun = await engine.reviews.beginVote(key, reviewer, reviewer);
    const response = passkey.get(begun!.options as never);
    const answer = { browser: reviewer, challengeId: begun!.challengeId, response };
    await engine.reviews.approve(key, { reviewer, userIds: [], passkey: answer });
  }
  const { receipt = "" } = (await engine.getAction(key, never)) ?? {};
  await engine.recordExecution?.({ receipt }, never);
}

async function signIn(engine: Engine, passkey: SoftwarePasskey): Promise<void> {
  const { challengeId, options } = engine.passkeySignIn.begin("pay");
  const { isVerified } = await engine.passkeySignIn.complete(challengeId, passkey.get(options as never));
  if (!isVerified) throw new Error("The sign-in failed.");
}

async function payByCode(engine: Engine, clock: { now(): number }): Promise<void> {
  const { token } = await track(engine, "carol");
  const { secret = "" } = await engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
  const done = await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
  await run(engine, "carol", done.accessToken ?? "");
}

const sha256 = (text: string | Buffer): string => hash("sha256", text, "base64url");

/** What is no excerpt, or one of something else. */
function forgeExcerpts(excerpt: readonly string[], lines: readonly string[]): readonly Forgery[] {
  const isWithheld = (line: string): boolean => line.startsWith('{"entry":"');
  const isHead = (line = ""): boolean => line === "" || line.includes('"type":"head"');
  // Excerpts begin anywhere in a batch, and end with its head.
  const inner = excerpt.find((line, index) => isWithheld(line) && !isHead(excerpt[index - 1]));
  const joined = excerpt.join("\n");
  const isExcerpt = true;
  return [
    { name: "a withheld line in what is said to be everything", reason: "line_withheld", text: withhold(lines, 1) },
    {
      name: "another line in the place of a withheld one",
      reason: "chain_broken",
      text: joined.replace(/^\{"entry":"./m, '{"entry":"_'),
      isExcerpt,
    },
    {
      name: "an excerpt with another amount",
      reason: "chain_broken",
      text: joined.replaceAll('"amount":"100.00"', '"amount":"900.00"'),
      isExcerpt,
    },
    {
      name: "an excerpt that leaves lines of a batch out",
      reason: "position_wrong",
      text: excerpt.filter((line) => line !== inner).join("\n"),
      isExcerpt,
    },
    {
      name: "an excerpt that leaves the approval out",
      reason: "approval_missing",
      text: withhold(
        excerpt,
        excerpt.findIndex((line) => line.includes('"type":"approved"')),
      ),
      isExcerpt,
    },
    { name: "an excerpt without its head", reason: "file_truncated", text: excerpt.slice(0, -1).join("\n"), isExcerpt },
  ];
}

/** The lines, of which one withholds its entry. */
function withhold(lines: readonly string[], index: number): string {
  const { entry, ...line } = JSON.parse(lines[index]!) as { readonly entry: Entry };
  return lines.with(index, canonicalJson({ ...line, entry: sha256(canonicalJson(entry)) })).join("\n");
}

interface Forge {
  readonly signed: (entry: Entry, by: KeyObject) => string;
  /** The file after a change, chained anew, heads and signatures too. */
  readonly forged: (change: (all: Entry[]) => Entry[] | void, by?: KeyObject) => string;
}

/** What an operator has who holds the engine's key. */
function createForge(lines: readonly string[], key: KeyObject, kid: string): Forge {
  const entries = (): Entry[] => lines.map((line) => (JSON.parse(line) as { entry: Entry }).entry);
  const signed = (entry: Entry, by: KeyObject): string => {
    const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid })).toString("base64url");
    const payload = Buffer.from(canonicalJson(entry)).toString("base64url");
    return `${header}..${sign(null, Buffer.from(`${header}.${payload}`), by).toString("base64url")}`;
  };
  /** Chains entries anew, heads and signatures too. */
  const chained = (all: readonly Entry[], by = key): string => {
    let previous = sha256("require-action/receipts/1");
    let batch = 0;
    return all
      .map((given, index) => {
        const position = index + 1;
        const isHead = given["type"] === "head";
        if (isHead) batch++;
        const entry = isHead ? { ...given, position, previous, batch, id: `head:${batch}` } : given;
        const needsSignature = isHead || given["type"] === "approved" || given["type"] === "voted";
        const line = canonicalJson({
          entry,
          position,
          previous,
          ...(needsSignature ? { signature: signed(entry, by) } : {}),
        });
        const { entry: _entry, ...rest } = JSON.parse(line) as { readonly entry: Entry };
        previous = sha256(canonicalJson({ ...rest, entry: sha256(canonicalJson(entry)) }));
        return line;
      })
      .join("\n");
  };
  const forged = (change: (all: Entry[]) => Entry[] | void, by?: KeyObject): string => {
    const all = entries();
    return chained(change(all) ?? all, by);
  };
  return { signed, forged };
}

const poison = { toString: "x", valueOf: "x" };

/** What a member is not. Readers that convert it differ, or throw. */
function othersThan(value: unknown, name: string, parent: string | undefined): readonly unknown[] {
  if (typeof value === "object") return [null, [], "text", 1];
  if (parent === "bound") return [null, [], 1.5, poison];
  if (["nonce", "publicKey"].includes(name) || parent === "assertion") return [null, [], poison, true, 1];
  if (typeof value === "number") return [null, [], poison, true, "1", -1, 1.5];
  return typeof value === "boolean" ? [null, [], poison, "true", 1] : [null, [], poison, true, 1];
}

/** Each member of each kind of entry as something else, one after the other, with the engine's key. */
function forgeForms({ forged }: Forge): readonly Forgery[] {
  const forgeries: Forgery[] = [];
  const kinds = new Map<string, number>();
  forged((all) => {
    for (const [index, entry] of all.entries()) {
      // Heads are written anew.
      if (entry["type"] !== "head") kinds.set(`${entry["type"]} ${Object.keys(entry).join()}`, index);
    }
  });
  for (const [kind, index] of kinds) {
    const walk = (path: readonly string[], value: Entry): void => {
      for (const [name, was] of Object.entries(value)) {
        const others = othersThan(was, name, path.at(-1));
        const other = others[forgeries.length % others.length];
        forgeries.push({
          name: `${kind.split(" ")[0]} with ${[...path, name].join(".")} as ${JSON.stringify(other)}`,
          reason: "line_malformed",
          text: forged((all) => {
            const parent = path.reduce((at, step) => at[step], all[index]!);
            parent[name] = other;
          }),
        });
        if (typeof was === "object") walk([...path, name], was);
      }
    };
    forged((all) => walk([], all[index]!));
  }
  return forgeries;
}

/** The genuine file in other texts, and signatures in others than their own. */
function forgeTexts(lines: readonly string[], jwks: string): readonly Forgery[] {
  const index = lines.length - 1;
  const resigned = (change: (header: string, value: string) => string): string =>
    lines
      .with(
        index,
        lines[index]!.replace(
          /"signature":"(.*)\.\.(.*)"/,
          (_all, header: string, value: string) => `"signature":${JSON.stringify(change(header, value))}`,
        ),
      )
      .join("\n");
  const header = (text: string): string => Buffer.from(text).toString("base64url");
  const { kid } = (JSON.parse(jwks) as { keys: [{ kid: string }] }).keys[0];
  return [
    { name: "two marks of the byte order", reason: "line_malformed", text: `\ufeff\ufeff${lines.join("\n")}` },
    { name: "lines that end in the middle", reason: "line_malformed", text: lines.join("\r") },
    { name: "a byte behind the last line", reason: "line_malformed", text: `${lines.join("\n")}\0` },
    { name: "a line that is a text", reason: "line_malformed", text: `"entry"\n${lines.join("\n")}` },
    {
      name: "a line of one member, named like three",
      reason: "line_malformed",
      text: `{"entry,position,previous":{"at":1,"id":"head:1","type":"head"}}\n${lines.join("\n")}`,
    },
    ...["=", "==", "A", "AA", ".x", " ", "\n"].map((more) => ({
      name: `a signature with ${JSON.stringify(more)} behind it`,
      reason: "signature_wrong" as const,
      text: resigned((head, value) => `${head}..${value}${more}`),
    })),
    {
      name: "a signature with bits that stand for nothing",
      reason: "signature_wrong",
      // 64 bytes end in a letter of which two bits count.
      text: resigned(
        (head, value) => `${head}..${value.slice(0, -1)}${{ A: "B", Q: "R", g: "h", w: "x" }[value.at(-1)!]}`,
      ),
    },
    {
      name: "a signature with its payload",
      reason: "key_unknown",
      text: resigned((head, value) => `${head}.e30.${value}`),
    },
    ...[
      `{"alg":"none","kid":"${kid}"}`,
      `{"alg":"EdDSA","kid":["${kid}"]}`,
      `{"alg":"EdDSA","kid":{"toString":"x"}}`,
      `{"alg":"EdDSA","crit":["b64"],"b64":false,"kid":"${kid}"}`,
      `{"kid":"${kid}","alg":"EdDSA"}`,
      "[]",
      "[".repeat(5000),
    ].map((head) => ({
      name: `a signature under the header ${head.slice(0, 40)}`,
      reason: "key_unknown" as const,
      text: resigned((_head, value) => `${header(head)}..${value}`),
    })),
  ];
}

/** The digest of a statement and its nonce. */
function digestOf({ statement, nonce }: Entry): string {
  const prefix = Buffer.from("require-action/approve/1\0");
  return sha256(Buffer.concat([prefix, Buffer.from(canonicalJson(statement)), Buffer.from(nonce, "base64url")]));
}

/** The votes of whoever has too few, or somebody else's. */
function forgeVotes({ forged }: Forge): readonly Forgery[] {
  const isVote = ({ type }: Entry): boolean => type === "voted";
  const lent = (all: readonly Entry[]): Entry => all.find(({ votes }) => votes !== undefined)!;
  /** Changes the first vote, and all that names its digest. */
  const restated = (change: (vote: Entry, decided: Entry) => void): string =>
    forged((all) => {
      const vote = all.find(isVote)!;
      const { votes, decision } = lent(all);
      delete votes[vote["reviewer"]];
      change(
        vote,
        all.find(({ id }) => id === decision)!,
      );
      vote["digest"] = digestOf(vote);
      vote["id"] = `voted:${vote["digest"]}`;
      votes[vote["reviewer"]] = vote["id"];
    });
  return [
    {
      name: "a vote in the name of another reviewer",
      reason: "credential_of_other_user",
      text: restated((vote) => (vote["reviewer"] = vote["statement"].reviewer = "eve")),
    },
    {
      name: "a vote of another reviewer than the statement's",
      reason: "reviewer_wrong",
      text: restated((vote) => (vote["reviewer"] = "eve")),
    },
    {
      name: "a vote for another amount",
      reason: "decision_differs",
      text: restated(({ statement }) => (statement.bound.amount = "900.00")),
    },
    {
      name: "a vote for another amount, decided about too",
      reason: "challenge_wrong",
      text: restated(
        ({ statement }, decided) => (statement.bound.amount = decided["statement"].bound.amount = "900.00"),
      ),
    },
    {
      name: "a vote with the signature of another one",
      reason: "challenge_wrong",
      text: forged((all) => {
        const [one, other] = all.filter(isVote);
        one!["assertion"] = { ...other!["assertion"], credentialId: one!["assertion"].credentialId };
      }),
    },
    {
      name: "a vote with a signature that is none",
      reason: "assertion_wrong",
      text: forged((all) => {
        const { assertion } = all.find(isVote)!;
        const bytes = Buffer.from(assertion.signature, "base64url");
        bytes[bytes.length - 1]! ^= 1;
        assertion.signature = bytes.toString("base64url");
      }),
    },
    {
      name: "a vote by a passkey that is nobody's",
      reason: "credential_unknown",
      text: forged((all) => void (all.find(isVote)!["assertion"].credentialId = "Zm9yZWlnbg")),
    },
    {
      name: "one vote where two are needed",
      reason: "votes_too_few",
      text: forged((all) => {
        const { votes } = lent(all);
        delete votes[Object.keys(votes)[0]!];
      }),
    },
    {
      name: "no votes where two are needed",
      reason: "votes_too_few",
      text: forged((all) => void delete lent(all)["votes"]),
    },
    {
      name: "one vote that is counted twice",
      reason: "vote_missing",
      text: forged((all) => {
        const { votes } = lent(all);
        const [one = "", other = ""] = Object.keys(votes);
        votes[other] = votes[one];
      }),
    },
    {
      name: "a vote that was never cast",
      reason: "vote_missing",
      text: forged((all) => {
        const vote = all.find(isVote);
        return all.filter((entry) => entry !== vote);
      }),
    },
    {
      name: "a vote about another action",
      reason: "vote_missing",
      text: forged((all) => void (all.findLast(isVote)!["decision"] = "decided:other")),
    },
    {
      name: "the vote of a reviewer who was removed before the last one",
      reason: "vote_withdrawn",
      text: forged((all) => {
        const vote = all.find(isVote)!;
        const { reviewer, assertion } = vote;
        const of = `enrolled:${assertion.credentialId}`;
        const at = (vote["at"] -= 300_000);
        const index = all.indexOf(vote) + 1;
        const revoked = { at, id: `revoked:${of}`, of, reviewer, type: "revoked" };
        return [...all.slice(0, index), revoked, ...all.slice(index)];
      }),
    },
    {
      name: "a user's approval by the passkey of a reviewer",
      reason: "credential_of_other_user",
      text: forged((all) => {
        const passkeys = all.filter(({ type, reviewer }) => type === "enrolled" && reviewer !== undefined);
        const approved = all.find(({ type, assertion }) => type === "approved" && assertion !== undefined)!;
        approved["assertion"].credentialId = passkeys[0]!["credentialId"];
        return [...passkeys, ...all.filter((entry) => !passkeys.includes(entry))];
      }),
    },
  ];
}

/** The files of whoever wants other parameters, another user or another history, with the engine's key where that helps. */
function forge(
  lines: readonly string[],
  checkpoint: string,
  key: KeyObject,
  kid: string,
  bob: SoftwarePasskey,
): readonly Forgery[] {
  const { signed, forged } = createForge(lines, key, kid);
  const isSigned = ({ type, assertion }: Entry): boolean => type === "approved" && assertion !== undefined;
  const firstSigned = (all: readonly Entry[]): Entry => all.find(isSigned)!;
  const decisionOf = (all: readonly Entry[], { decision }: Entry): Entry => all.find(({ id }) => id === decision)!;
  const executionOf = (all: readonly Entry[], { id }: Entry): Entry => all.find(({ of }) => of === id)!;
  const enrolled = (all: readonly Entry[], user: string): Entry =>
    all.find(({ type, user: of, credentialId }) => type === "enrolled" && of === user && credentialId)!;
  /** Writes the digest anew, and all that names it. */
  const redigest = (all: readonly Entry[], approved: Entry): void => {
    const execution = executionOf(all, approved);
    approved["digest"] = digestOf(approved);
    approved["id"] = `approved:${approved["digest"]}`;
    execution["of"] = approved["id"];
    execution["id"] = `executed:${approved["digest"]}`;
  };
  /** Changes the statement of the first approval, and of its decision too. */
  const restated = (change: (statement: Entry) => void, alsoDecided = true): string =>
    forged((all) => {
      const approved = firstSigned(all);
      change(approved["statement"]);
      if (alsoDecided) change(decisionOf(all, approved)["statement"]);
      redigest(all, approved);
    });
  const withBytes = (name: string, change: (bytes: Buffer) => Buffer): string =>
    forged((all) => {
      const { assertion } = firstSigned(all);
      assertion[name] = change(Buffer.from(assertion[name], "base64url")).toString("base64url");
    });
  const withFlags = (flags: number): string =>
    withBytes("authenticatorData", (bytes) => {
      bytes[32] = flags;
      return bytes;
    });
  const withClientData = (change: (text: string) => string): string =>
    withBytes("clientDataJSON", (bytes) => Buffer.from(change(bytes.toString())));
  const swapped = <Item>(all: readonly Item[], one: number, other: number): Item[] =>
    all.map((item, index) => (index === one ? all[other]! : index === other ? all[one]! : item));
  const renumbered = (all: readonly string[]): string =>
    all.map((line, index) => canonicalJson({ ...JSON.parse(line), position: index + 1 })).join("\n");
  const without = (index: number): string[] => lines.filter((_line, at) => at !== index);
  const stranger = generateKeyPairSync("ed25519");
  const future = Date.now() + 3_600_000;

  /** Swaps two approvals by one passkey, which have not run, and has all decisions before them. */
  const backwards = (all: Entry[]): Entry[] => {
    const [one, other] = all.flatMap((entry, index) => (isSigned(entry) && entry["user"] === "alice" ? [index] : []));
    const executions = [executionOf(all, all[one!]!), executionOf(all, all[other!]!)];
    const rest = all.filter((entry) => !executions.includes(entry));
    const isDecision = (entry: Entry): number => Number(entry["type"] === "decided");
    return swapped(rest, one!, other! - 1).toSorted((a, b) => isDecision(b) - isDecision(a));
  };
  return [
    { name: "another amount", reason: "challenge_wrong", text: restated(({ bound: of }) => (of.amount = "900.00")) },
    {
      name: "another amount, and another decision",
      reason: "decision_differs",
      text: forged((all) => void (decisionOf(all, firstSigned(all))["statement"].bound.amount = "900.00")),
    },
    {
      name: "another payee in the approval alone",
      reason: "decision_differs",
      text: restated(({ bound: of }) => (of.payee = "eve"), false),
    },
    {
      name: "another user",
      reason: "credential_of_other_user",
      text: forged((all) => {
        const approved = firstSigned(all);
        approved["user"] = approved["statement"].user = decisionOf(all, approved)["statement"].user = "bob";
        redigest(all, approved);
      }),
    },
    {
      name: "another user than the statement's",
      reason: "user_wrong",
      text: forged((all) => void (firstSigned(all)["user"] = "bob")),
    },
    {
      name: "another user's passkey",
      reason: "credential_of_other_user",
      text: forged((all) => void (firstSigned(all)["assertion"].credentialId = bob.id)),
    },
    {
      name: "another action",
      reason: "challenge_wrong",
      text: restated((statement) => (statement["action"] = "close")),
    },
    {
      name: "another key",
      reason: "challenge_wrong",
      text: restated((statement) => (statement["key"] = sha256("another"))),
    },
    {
      name: "another origin",
      reason: "origin_wrong",
      text: withClientData((text) => text.replace(origin, "https://www.bank.example.evil.example")),
    },
    {
      name: "another domain",
      reason: "rp_id_wrong",
      text: withBytes("authenticatorData", (bytes) =>
        Buffer.concat([hash("sha256", "evil.example", "buffer"), bytes.subarray(32)]),
      ),
    },
    { name: "no user verification", reason: "user_not_verified", text: withFlags(flag.up) },
    { name: "no user presence", reason: "user_not_present", text: withFlags(flag.uv) },
    {
      name: "a registration",
      reason: "ceremony_wrong",
      text: withClientData((text) => text.replace("webauthn.get", "webauthn.create")),
    },
    {
      name: "a counter that went back",
      reason: "counter_regressed",
      text: forged(backwards),
    },
    {
      name: "a counter that went back at once, noted after a head of later",
      reason: "counter_regressed",
      text: forged((all) => {
        const entries = backwards(all);
        const [newer, older] = entries.filter((entry) => isSigned(entry) && entry["user"] === "alice");
        older!["at"] = newer!["at"];
        for (const entry of entries) if (entry["type"] === "head") entry["at"] = newer!["at"] + 60_000;
        return entries;
      }),
    },
    {
      name: "client data with a space more",
      reason: "assertion_wrong",
      text: withClientData((text) => text.replace("{", "{ ")),
    },
    {
      name: "another signature",
      reason: "assertion_wrong",
      text: withBytes("signature", (bytes) => {
        bytes[bytes.length - 1]! ^= 1;
        return bytes;
      }),
    },
    {
      name: "another nonce",
      reason: "digest_wrong",
      text: forged((all) => void (firstSigned(all)["nonce"] = sha256("another"))),
    },
    { name: "a dropped line", reason: "position_wrong", text: without(4).join("\n") },
    { name: "a dropped line, renumbered", reason: "chain_broken", text: renumbered(without(4)) },
    { name: "moved lines", reason: "position_wrong", text: swapped(lines, 3, 4).join("\n") },
    { name: "moved lines, renumbered", reason: "chain_broken", text: renumbered(swapped(lines, 3, 4)) },
    { name: "a doubled line", reason: "entry_repeated", text: forged((all) => [all[0]!, ...all]) },
    {
      name: "an entry under another's name",
      reason: "entry_unknown",
      text: forged((all) => void (all[0]!["id"] = "enrolled:x")),
    },
    {
      name: "an entry of no known kind",
      reason: "entry_unknown",
      text: forged((all) => [{ at: 1, id: "other:x", type: "other" }, ...all]),
    },
    {
      name: "a chain that was written anew, against a checkpoint",
      reason: "checkpoint_missed",
      checkpoint,
      text: forged((all) =>
        all
          .filter(({ user, type }) => type !== "enrolled" || user !== "carol")
          .map((entry, index) => (index === 0 ? { ...entry, at: entry["at"] + 1 } : entry)),
      ),
    },
    {
      name: "a foreign passkey",
      reason: "credential_unknown",
      text: forged((all) => void (firstSigned(all)["assertion"].credentialId = "Zm9yZWlnbg")),
    },
    {
      name: "a passkey that was enrolled later",
      reason: "credential_enrolled_later",
      text: forged((all) => {
        const late = enrolled(all, "alice");
        return [...all.filter((entry) => entry !== late).slice(0, -1), late, all.at(-1)!];
      }),
    },
    {
      name: "a passkey that was enrolled again, with the operator's key",
      reason: "credential_repeated",
      text: forged((all) => [{ ...enrolled(all, "alice"), id: "enrolled:again" }, ...all]),
    },
    {
      name: "a passkey that had been removed",
      reason: "credential_revoked",
      text: forged((all) => {
        const { id, at } = enrolled(all, "alice");
        const index = all.findIndex(isSigned);
        return [
          ...all.slice(0, index),
          { at: at - 120_000, id: `revoked:${id}`, of: id, type: "revoked", user: "alice" },
          ...all.slice(index),
        ];
      }),
    },
    {
      name: "an execution without its approval",
      reason: "approval_missing",
      text: forged((all) => all.filter((entry) => entry !== firstSigned(all))),
    },
    {
      name: "an execution of what was to be challenged",
      reason: "approval_missing",
      text: forged((all) => {
        const execution = executionOf(all, firstSigned(all));
        execution["of"] = all[0]!["id"];
      }),
    },
    {
      name: "a second execution",
      reason: "entry_unknown",
      text: forged((all) => {
        const execution = executionOf(all, firstSigned(all));
        return [...all.slice(0, -1), { ...execution, id: "executed:again" }, all.at(-1)!];
      }),
    },
    {
      name: "an execution after its approval was withdrawn",
      reason: "approval_revoked",
      text: forged((all) => {
        const execution = executionOf(all, firstSigned(all));
        const index = all.indexOf(execution);
        const revoked = {
          at: execution["at"] - 120_000,
          id: `revoked:${execution["of"]}`,
          of: execution["of"],
          type: "revoked",
          user: "alice",
        };
        return [...all.slice(0, index), revoked, ...all.slice(index)];
      }),
    },
    {
      name: "another version of the policy",
      reason: "policy_version_wrong",
      text: restated((statement) => (statement["policyVersion"] = "other"), false),
    },
    {
      name: "another version of the policy, decided by it too",
      reason: "challenge_wrong",
      text: restated((statement) => (statement["policyVersion"] = "other")),
    },
    {
      name: "another text",
      reason: "display_wrong",
      text: forged((all) => void (firstSigned(all)["shownText"] = "Betrag: 1,00 \u20ac")),
    },
    {
      name: "another text, with its hash",
      reason: "challenge_wrong",
      text: forged((all) => {
        const approved = firstSigned(all);
        approved["shownText"] = "Betrag: 1,00 \u20ac";
        approved["statement"].displayHash = sha256(approved["shownText"]);
        redigest(all, approved);
      }),
    },
    { name: "a file that was cut off", reason: "file_truncated", text: lines.slice(0, -1).join("\n") },
    { name: "an empty file", reason: "file_empty", text: "\n" },
    { name: "another key of the same name", reason: "signature_wrong", text: forged(() => {}, stranger.privateKey) },
    {
      name: "an entry that was changed without the key",
      reason: "signature_wrong",
      text: lines
        .map((line) => line.replace("100,00", "1,00"))
        .join("\n")
        .replace(/^/, ""),
    },
    {
      name: "a key that is not in the set",
      reason: "key_unknown",
      text: lines.join("\n"),
      jwks: JSON.stringify({ keys: [{ ...stranger.publicKey.export({ format: "jwk" }), kid: "other" }] }),
    },
    {
      name: "an entry from the future",
      reason: "time_in_future",
      text: forged((all) => void (all[0]!["at"] = future)),
    },
    {
      name: "an entry from after its head",
      reason: "time_after_head",
      text: forged((all) => void (all[0]!["at"] += 600_000)),
    },
    {
      name: "a head of another place",
      reason: "head_wrong",
      text: lines
        .map((line, index) => {
          const { entry, ...rest } = JSON.parse(line);
          if (index !== lines.length - 1) return line;
          const moved = { ...entry, batch: 7, id: "head:7" };
          return canonicalJson({ ...rest, entry: moved, signature: signed(moved, key) });
        })
        .join("\n"),
    },
    {
      name: "another engine's statement",
      reason: "issuer_wrong",
      text: restated((statement) => (statement["iss"] = "https://evil.example")),
    },
    {
      name: "a line with a space more",
      reason: "line_malformed",
      text: lines.map((line) => line.replace(",", ", ")).join("\n"),
    },
    {
      name: "a member that is there twice",
      reason: "line_malformed",
      text: lines.join("\n").replace('{"entry":{', '{"entry":{"at":1,'),
    },
    {
      name: "bytes of a passkey with more behind them",
      reason: "line_malformed",
      text: forged((all) => void (firstSigned(all)["assertion"].signature += "=")),
    },
    { name: "no JSON", reason: "line_malformed", text: "receipts" },
  ];
}
