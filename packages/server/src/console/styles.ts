import { type Html, html } from "./html.ts";

/** The console's one style sheet. */
export const styles: Html = html`
  :root { --page: light-dark(#eef0f4, #0e1015); --card: light-dark(#ffffff, #181b22); --panel: light-dark(#f5f6f9,
  #20242d); --line: light-dark(#d8dce4, #343a47); --field-line: light-dark(#7b8494, #8b94a5); --text:
  light-dark(#14171f, #eef0f5); --muted: light-dark(#545c6b, #aab2c0); --accent: light-dark(#2952cc, #8fadff);
  --on-accent: light-dark(#ffffff, #0c1533); --bad: light-dark(#b42318, #ffb4ab); --bad-soft: light-dark(#fdecea,
  #3a1d1b); --good: light-dark(#146c43, #7fdca4); --good-soft: light-dark(#e3f4ea, #15301f); --calm-soft:
  light-dark(#e8edfb, #222b45); color-scheme: light dark; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  sans-serif; } * { box-sizing: border-box; } body { margin: 0; background: var(--page); color: var(--text);
  overflow-wrap: anywhere; } header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 24px; padding: 12px
  20px; background: var(--card); border-bottom: 1px solid var(--line); } .brand { font-weight: 700; } nav { display:
  flex; gap: 4px; } nav a { padding: 6px 12px; border-radius: 8px; color: inherit; text-decoration: none; } nav
  a[aria-current] { background: var(--calm-soft); font-weight: 600; } .who { display: flex; align-items: center; gap:
  12px; margin-left: auto; color: var(--muted); } main { max-width: 68rem; margin: 0 auto; padding: 24px 20px 64px; } h1
  { font-size: 1.5rem; margin: 0 0 16px; } h2 { font-size: 1.125rem; margin: 0; } h3 { font-size: 0.875rem; margin: 16px
  0 4px; color: var(--muted); } .notice { margin: 0 0 16px; padding: 12px 16px; background: var(--calm-soft);
  border-radius: 10px; } .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding:
  20px; margin-bottom: 16px; } .card > .head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px
  16px; margin-bottom: 12px; } .narrow { max-width: 24rem; } .columns { display: grid; grid-template-columns:
  repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 0 32px; } dl { display: grid; grid-template-columns:
  minmax(7rem, auto) 1fr; gap: 4px 16px; margin: 0; } dt { color: var(--muted); } dd { margin: 0; } .main-detail {
  font-size: 1.25rem; font-weight: 700; font-variant-numeric: tabular-nums; } .muted { color: var(--muted); } ul {
  margin: 0; padding-left: 1.2em; } form.stack { display: grid; gap: 8px; } form.filters { display: flex; flex-wrap:
  wrap; align-items: end; gap: 12px; margin-bottom: 16px; } label { display: grid; gap: 2px; font-weight: 600;
  font-size: 0.875rem; } input, select, textarea, button { font: inherit; color: inherit; border-radius: 8px;
  min-height: 40px; padding: 6px 12px; } input, select, textarea { border: 1px solid var(--field-line); background:
  var(--card); } textarea { min-height: 4.5rem; width: 100%; } button { border: 1px solid transparent; background:
  var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; } button.plain { background: none;
  border-color: var(--line); color: inherit; } button.reject { background: var(--bad-soft); color: var(--bad);
  border-color: var(--bad); } .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; } :focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; } .scroll { overflow-x: auto; background: var(--card); border:
  1px solid var(--line); border-radius: 12px; } table { border-collapse: collapse; width: 100%; min-width: 44rem; } th,
  td { text-align: left; vertical-align: top; padding: 10px 14px; border-bottom: 1px solid var(--line); } tr:last-child
  td { border-bottom: 0; } th { font-size: 0.8125rem; color: var(--muted); } .tag { display: inline-block; padding: 1px
  8px; border-radius: 99px; font-size: 0.8125rem; font-weight: 600; background: var(--panel); white-space: nowrap; }
  .tag.good { background: var(--good-soft); color: var(--good); } .tag.bad { background: var(--bad-soft); color:
  var(--bad); } .tag.open { background: var(--calm-soft); color: var(--accent); } a { color: var(--accent); }
`;
