import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
import type { CustomValue } from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import { withinTime } from "../lib/abortable.ts";

/** A code to be brought to its owner, with what the code approves: show it to them. */
export interface CodeMessage {
  /** One address or number, known to the engine before the request that caused this message. */
  readonly to: string;
  /** Secret until used: it belongs in the message and nowhere else. */
  readonly code: string;
  readonly purpose: "challenge" | "enrollment";
  readonly userId: string;
  readonly action: string;
  /**
   * What the user may see of the action: the bound fields, and the data points that the policy marks `show`. Plain values:
   * escape them for HTML.
   */
  readonly custom: Readonly<Record<string, CustomValue>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** As `track` said, else the user's: a language tag. */
  readonly locale?: string | undefined;
  /**
   * Where a reader who did not ask for this can say so, for a day. It approves nothing, and opening it changes nothing. About 600
   * characters, so more for an e-mail than for an SMS. Absent where there is nothing to deny, as for an enrolment from settings.
   */
  readonly denyUrl?: string | undefined;
  /** The action's, and what `track` said of the browser: for whoever sends, not for the message. */
  readonly idempotencyKey: string;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A link to be brought to its owner, as {@link CodeMessage} is. Its reader types the number that the asking browser shows. */
export interface MagicLinkMessage extends Omit<CodeMessage, "code" | "denyUrl"> {
  /** Secret until used: it belongs in the message and nowhere else. */
  readonly url: string;
}

/** News for a user that asks for nothing: codes no longer go to the address that it is for. */
export interface Notice {
  readonly kind: "address_changed";
  /** The address of before. The new one is not named: whoever reads the old mailbox may be somebody else by now. */
  readonly to: string;
  readonly verificationMethod: "EMAIL_OTP" | "EMAIL_MAGIC_LINK" | "SMS" | "WHATSAPP";
  readonly userId: string;
  readonly locale?: string | undefined;
}

/** How codes reach their owners. A method whose sender is absent is not offered. */
export interface Delivery {
  /** Sends one e-mail. Resolves when the message was taken on; rejects, or is given up on, when it was not. */
  readonly sendEmail?: (message: CodeMessage, signal: AbortSignal) => void | Promise<void>;
  /** Sends one SMS, to a number in E.164 form. Resolves and rejects as `sendEmail` does. */
  readonly sendSms?: (message: CodeMessage, signal: AbortSignal) => void | Promise<void>;
  /** Sends one WhatsApp message, to a number in E.164 form. Resolves and rejects as `sendEmail` does. */
  readonly sendWhatsApp?: (message: CodeMessage, signal: AbortSignal) => void | Promise<void>;
  /** Sends one e-mail with a link in place of a code. Resolves and rejects as `sendEmail` does. */
  readonly sendMagicLink?: (message: MagicLinkMessage, signal: AbortSignal) => void | Promise<void>;
  /**
   * Tells a user's address of before that codes go elsewhere from now on, by e-mail or SMS. What becomes of it changes nothing
   * about the move; a failure is the event `notice.failed`.
   */
  readonly sendNotice?: (notice: Notice, signal: AbortSignal) => void | Promise<void>;
}

/**
 * Calls a sender, for no longer than `timeoutMs`. @throws EngineError `delivery_failed`, which says nothing of the
 * sender's own error: that may hold the code.
 */
export async function deliver<Message extends CodeMessage | MagicLinkMessage | Notice>(
  send: (message: Message, signal: AbortSignal) => void | Promise<void>,
  message: Message,
  timeoutMs: number,
): Promise<void> {
  try {
    await withinTime(timeoutMs, (signal) => send(message, signal));
  } catch {
    throw new EngineError("delivery_failed", "The code or link could not be sent. Ask for a new one.");
  }
}

const callback = option.callback;

/** The schema of a {@link Delivery}. */
export const deliverySchema: OptionsSchema<Delivery> = defineOptions<Delivery>({
  required: {},
  optional: {
    sendEmail: callback,
    sendSms: callback,
    sendWhatsApp: callback,
    sendMagicLink: callback,
    sendNotice: callback,
  },
});
