import type { Challenge } from "../wire/wire.ts";

/** What is shown while the user approves elsewhere. */
export interface WaitingScreen {
  close(): void;
}

/** The words and the picture of the screen, as the server of the inbox has them. */
interface WaitingTexts {
  readonly language: string;
  readonly direction: string;
  readonly title: string;
  readonly text: string;
  readonly number: string;
  readonly status: string;
  readonly cancel: string;
  readonly qrCode: string;
  /** The outline of the code's dark modules, in a square of `size`. */
  readonly qr: { readonly size: number; readonly path: string };
}

const SVG = "http://www.w3.org/2000/svg";
/** Around the code, as readers need it: four modules (ISO/IEC 18004). */
const QUIET = 4;

/** Shows a dialog with the number and the QR code. Until its words have come, or where they do not, it has the number and a link. */
export function showWaitingScreen(
  { url, matchingNumber }: NonNullable<Challenge["approval"]>,
  languages: readonly string[] | undefined,
  cancel: () => void,
): WaitingScreen {
  const dialog = styled(document.createElement("dialog"), {
    border: "1px solid GrayText",
    borderRadius: "14px",
    boxSizing: "border-box",
    colorScheme: "light dark",
    font: "16px/1.5 system-ui, sans-serif",
    maxWidth: "400px",
    padding: "24px",
    textAlign: "center",
    width: "calc(100% - 24px)",
  });
  const number = styled(text("output", matchingNumber), {
    direction: "ltr",
    display: "block",
    fontSize: "2.75rem",
    fontWeight: "700",
    letterSpacing: "0.1em",
  });
  const link = Object.assign(text("a", new URL(url).host), { href: url, target: "_blank", rel: "noreferrer" });
  dialog.append(number, link);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    cancel();
  });
  document.body.append(dialog);
  dialog.setAttribute("aria-label", matchingNumber);
  dialog.showModal();
  void readTexts(url, languages).then((texts) => {
    if (texts === undefined || !dialog.isConnected) return;
    const title = styled(text("h2", texts.title), { fontSize: "1.25rem", margin: "0 0 8px" });
    const label = styled(text("div", texts.number), { marginTop: "12px" });
    const status = styled(text("p", texts.status), { margin: "8px 0 16px" });
    status.setAttribute("role", "status");
    const button = styled(text("button", texts.cancel), { font: "inherit", minHeight: "44px", padding: "8px 20px" });
    button.type = "button";
    button.addEventListener("click", cancel);
    dialog.lang = texts.language;
    dialog.dir = texts.direction;
    dialog.setAttribute("aria-label", texts.title);
    dialog.replaceChildren(title, text("p", texts.text), picture(texts, url), label, number, status, button);
  });
  return { close: () => dialog.remove() };
}

async function readTexts(url: string, languages = navigator.languages): Promise<WaitingTexts | undefined> {
  try {
    const from = `${url}/waiting?${new URLSearchParams({ ui_locales: languages.join(" ").slice(0, 200) })}`;
    const response = await fetch(from, { credentials: "omit", referrerPolicy: "no-referrer" });
    return response.ok ? ((await response.json()) as WaitingTexts) : undefined;
  } catch {
    return undefined;
  }
}

/** The code, dark on white in every scheme, which is also the link: whoever has the passkey here may follow it. */
function picture({ qr: { size, path }, qrCode }: WaitingTexts, url: string): HTMLElement {
  const svg = document.createElementNS(SVG, "svg");
  const whole = size + 2 * QUIET;
  svg.setAttribute("viewBox", `${-QUIET} ${-QUIET} ${whole} ${whole}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", qrCode);
  styled(svg, { background: "white", borderRadius: "8px", maxWidth: "220px", width: "100%" });
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", path);
  modules.setAttribute("fill", "black");
  svg.append(modules);
  const link = Object.assign(document.createElement("a"), { href: url, target: "_blank", rel: "noreferrer" });
  link.append(svg);
  return link;
}

function text<Name extends keyof HTMLElementTagNameMap>(name: Name, content: string): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.textContent = content;
  return element;
}

/** By the object model, which a content security policy lets a script do. */
function styled<Styled extends HTMLElement | SVGElement>(element: Styled, style: Partial<CSSStyleDeclaration>): Styled {
  Object.assign(element.style, style);
  return element;
}
