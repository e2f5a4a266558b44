import type { Language } from "../../languages/languages.ts";
import { qrPath } from "../qr-path.ts";

/** What the client's waiting screen shows beside the number: words, and the QR code of the request's page. */
export function waitingTexts({ tag, direction, text }: Language, url: string): object {
  return {
    language: tag,
    direction,
    title: text("waiting.title"),
    text: text("waiting.text"),
    number: text("waiting.number"),
    status: text("waiting.status"),
    cancel: text("common.cancel"),
    qrCode: text("common.qrCode"),
    qr: qrPath(url),
  };
}
