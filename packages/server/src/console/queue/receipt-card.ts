import type { Engine } from "@require-action/engine";
import type { ReceiptEntry } from "@require-action/engine/receipts";
import type { ActionRecord } from "@require-action/engine/store";
import { type Html, html } from "../../pages/html.ts";
import { detailList, time } from "../page/describe-action.ts";
import { methodName } from "../page/method-name.ts";
import { address } from "../page/return-to.ts";

type Members = Readonly<Record<string, any>>;

/** What receipts say of an action: who approved what, and whether it ran. Nothing where no receipts are kept. */
export function receiptCard(action: ActionRecord, entries: readonly ReceiptEntry[] | undefined, engine: Engine): Html {
  if (entries === undefined) return html``;
  const approved = entries.find(({ type }) => type === "approved");
  return html`<section class="card" aria-labelledby="receipt-title">
    <h2 id="receipt-title">Receipt</h2>
    ${
      entries.length === 0
        ? html`<p class="muted">There is none: it was decided before receipts were kept.</p>`
        : html`${approved === undefined ? html`<p>${unapproved(entries)}</p>` : approval(approved, engine)}
            ${votes(entries)}
            <h3>In the chain</h3>
            <ol class="timeline">
              ${entries.map((entry) => chainItem(entry))}
            </ol>
            ${executions(action, entries)}
            <div class="actions">
              <a class="button" href="${address("receipt", { id: action.actionId })}" download>Download the receipt</a>
            </div>
            <p class="muted after">
              This page shows what the store says. The file proves it, to anybody:
              <code>require-action receipts verify FILE --excerpt</code>. It shows nothing of other actions.
            </p>`
    }
  </section>`;
}

function unapproved(entries: readonly ReceiptEntry[]): string {
  const outcome = entries.find(({ type }) => type === "decided")?.entry["outcome"];
  return outcome === "ALLOW" ? "The policy allowed it, so that nobody had to approve." : "Nobody has approved it.";
}

/** Who approved, and what exactly. */
function approval({ entry, at }: ReceiptEntry, engine: Engine): Html {
  const { statement, shownText, digest, user } = entry as Members;
  const bound = (statement as Members)["bound"] as Members | undefined;
  return html`<p>${proof(entry, String(user))}<br /><span class="muted">${time(at)}</span></p>
    <h3>What was approved</h3>
    ${bound === undefined ? html`<p class="muted">Nothing was bound by name.</p>` : detailList({ attributes: { custom: bound } }, engine)}
    ${
      typeof shownText === "string" &&
      html`<h3>As it was shown</h3>
        <blockquote>${shownLines(shownText)}</blockquote>`
    }
    <h3>By what</h3>
    <dl>
      <dt>Policy</dt>
      <dd>${String((statement as Members)["policyVersion"] ?? "not named")}</dd>
      <dt>Digest</dt>
      <dd><code>${String(digest)}</code></dd>
    </dl>`;
}

function proof(entry: Members, user: string): Html {
  const origin = originOf(entry["assertion"]);
  if (origin !== undefined) {
    return html`<span class="tag good">signed by the user’s device</span><br />
      A passkey of <strong>${user}</strong> signed this, on ${origin}.`;
  }
  const { method, actor } = (entry["by"] ?? {}) as Members;
  if (entry["votes"] !== undefined) {
    const count = Object.keys(entry["votes"] as Members).length;
    return html`<span class="tag">by ${count === 1 ? "a vote" : `${count} votes`}</span><br />
      The last one was by <strong>${String(actor)}</strong>.`;
  }
  const who = actor === undefined ? methodName(String(method)) : String(actor);
  return html`<span class="tag">attested by the engine</span><br />
    <strong>${who}</strong> approved this, as the engine says. No device has signed it.`;
}

/** Each vote of reviewers, and whether it counts. */
function votes(entries: readonly ReceiptEntry[]): Html | undefined {
  const cast = entries.filter(({ type }) => type === "voted");
  if (cast.length === 0) return undefined;
  const counted = entries.find(({ type }) => type === "approved")?.entry["votes"] as Members | undefined;
  return html`<h3>Votes</h3>
    <ul class="rules">
      ${cast.map(({ id, at, entry }) => {
        const reviewer = String(entry["reviewer"]);
        const origin = originOf(entry["assertion"]);
        const isVoid = counted !== undefined && !(Object.hasOwn(counted, reviewer) && counted[reviewer] === id);
        return html`<li>
          <strong>${reviewer}</strong>
          ${origin === undefined ? html`<span class="tag">attested by the engine</span>` : html`<span class="tag good">signed</span>`}
          ${isVoid && html`<span class="tag bad">does not count</span>`}<br />
          ${origin !== undefined && html`With a passkey, on ${origin}. `}<span class="muted">${time(at)}</span>
        </li>`;
      })}
    </ul>`;
}

/** The page on which a passkey was used; `undefined` where none was. */
function originOf(assertion: unknown): string | undefined {
  if (typeof assertion !== "object" || assertion === null) return undefined;
  try {
    const bytes = Buffer.from(String((assertion as Members)["clientDataJSON"]), "base64url");
    return String((JSON.parse(bytes.toString()) as Members)["origin"]);
  } catch {
    return "a page that cannot be read";
  }
}

function shownLines(text: string): readonly Html[] {
  return text.split("\n").map((line) => html`${line}<br />`);
}

const labels: ReadonlyMap<string, string> = new Map([
  ["enrolled", "What approved was enrolled"],
  ["decided", "Decided"],
  ["voted", "Approved by one of several"],
  ["approved", "Approved"],
  ["executed", "Executed: handed to its handler, once"],
  ["revoked", "Withdrawn"],
]);

function chainItem({ type, at, position, entry }: ReceiptEntry): Html {
  const outcome = type === "decided" ? `: ${String(entry["outcome"]).toLowerCase()}` : "";
  const place = position === undefined ? "waits for its number" : `no. ${position}, covered by a signed head`;
  const by = type === "voted" ? `: ${String(entry["reviewer"])}` : outcome;
  return html`<li>
    <strong>${labels.get(type) ?? type}${by}</strong><br />
    <span class="muted">${time(at)} · ${place}</span>
  </li>`;
}

/** Says that nothing ran, which no entry does. */
function executions({ state }: ActionRecord, entries: readonly ReceiptEntry[]): Html | undefined {
  if (entries.some(({ type }) => type === "executed")) return undefined;
  if (state === "ALLOW") return html`<p class="muted">Whether it ran is not recorded of what the policy allows.</p>`;
  return html`<p><strong>Not executed.</strong> No guard has handed it to its handler.</p>`;
}
