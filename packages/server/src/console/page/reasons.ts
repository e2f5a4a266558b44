import { type Html, html } from "../../pages/html.ts";

/** Why reviews are decided, in words that can be counted. */
interface Reason {
  readonly code: string;
  readonly label: string;
}

/** What reviewers decide. */
export type Decision = "approve" | "reject";

/** Reasons to choose from, by decision. */
const reasons: Readonly<Record<Decision, readonly Reason[]>> = {
  approve: [
    { code: "confirmed_with_user", label: "Confirmed with the user" },
    { code: "usual_for_user", label: "Usual for this user" },
    { code: "documents_seen", label: "Documents seen" },
    { code: "false_alarm", label: "False alarm" },
  ],
  reject: [
    { code: "suspected_fraud", label: "Suspected fraud" },
    { code: "user_denies", label: "The user did not ask for it" },
    { code: "user_unreachable", label: "The user cannot be reached" },
    { code: "against_policy", label: "Against our rules" },
  ],
};

/** A decision that was posted or is in an address. */
export function decisionOf(given: string | null | undefined): Decision | undefined {
  return given === "approve" || given === "reject" ? given : undefined;
}

/** A reason in words; one that another program gave, as it is. */
export function reasonLabel(code: string): string {
  return [...reasons.approve, ...reasons.reject].find((reason) => reason.code === code)?.label ?? code;
}

/** The fields for why. */
export function decisionFields({
  decision,
  reason,
  note,
}: {
  readonly decision?: Decision;
  readonly reason: string;
  readonly note: string;
}): Html {
  const groups = decision === undefined ? (["approve", "reject"] as const) : [decision];
  const options = groups.flatMap((group) =>
    reasons[group].map(
      ({ code, label }) => html`<option value="${code}" ${code === reason && html` selected`}>${label}</option>`,
    ),
  );
  return html`<label
      >Reason
      <select name="reason">
        <option value="">None</option>
        ${options}
      </select></label
    >
    <label>Note <textarea name="note" maxlength="2000">${note}</textarea></label>`;
}
