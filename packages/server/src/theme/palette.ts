import { black, type Colour, contrastOf, hexOf, mix, parseColour, white } from "./colour.ts";

export type Scheme = "light" | "dark";

/** The colours that no theme changes. */
const surfaces = {
  light: {
    page: "#eef0f4",
    card: "#ffffff",
    panel: "#f5f6f9",
    line: "#d8dce4",
    "field-line": "#7b8494",
    text: "#14171f",
    muted: "#545c6b",
    bad: "#b42318",
    "bad-soft": "#fdecea",
    good: "#146c43",
    "good-soft": "#e3f4ea",
  },
  dark: {
    page: "#0e1015",
    card: "#181b22",
    panel: "#20242d",
    line: "#343a47",
    "field-line": "#8b94a5",
    text: "#eef0f5",
    muted: "#aab2c0",
    bad: "#ffb4ab",
    "bad-soft": "#3a1d1b",
    good: "#7fdca4",
    "good-soft": "#15301f",
  },
} as const;

/** What buttons and links are in, unless the theme says otherwise. */
export const defaultAccents: Readonly<Record<Scheme, Colour>> = {
  light: [0x29, 0x52, 0xcc],
  dark: [0x8f, 0xad, 0xff],
};

type Role = keyof (typeof surfaces)["light"] | "accent" | "accent-hover" | "on-accent" | "calm-soft";

/** Every colour of the page in one scheme, by the name of its custom property. */
export type Palette = Readonly<Record<Role, Colour>>;

type Surfaces = Readonly<Record<keyof (typeof surfaces)["light"], Colour>>;

function readSurfaces(scheme: Scheme): Surfaces {
  const entries = Object.entries(surfaces[scheme]).map(([role, hex]) => [role, parseColour(hex)] as const);
  return Object.fromEntries(entries) as Surfaces;
}

const colours: Readonly<Record<Scheme, Surfaces>> = { light: readSurfaces("light"), dark: readSurfaces("dark") };

/** Makes a palette of its accent. */
export function createPalette(accent: Colour, scheme: Scheme): Palette {
  const fixed = colours[scheme];
  const isLight = scheme === "light";
  return {
    ...fixed,
    accent,
    "accent-hover": mix(accent, isLight ? black : white, 0.18),
    "on-accent": isLight ? white : fixed.page,
    "calm-soft": mix(fixed.card, accent, 0.11),
  };
}

/** WCAG 2.2, 1.4.3: text. */
const TEXT = 4.5;
/** WCAG 2.2, 1.4.11: what is no text, and has to be seen. */
const GRAPHICS = 3;

/** Each pair of colours that an accent makes, as people call it, and the contrast that it needs. */
const pairs: readonly (readonly [front: Role, back: Role, name: string, least: number])[] = [
  ["accent", "card", "links and the focus on the card", TEXT],
  ["accent", "panel", "links on a panel", TEXT],
  ["on-accent", "accent", "the text of a button", TEXT],
  ["on-accent", "accent-hover", "the text of a button under the pointer", TEXT],
  ["text", "calm-soft", "the text of a notice", TEXT],
  ["accent", "calm-soft", "an icon on its badge", GRAPHICS],
];

/** A pair of colours that cannot be told apart well enough. */
export interface FaintPair {
  readonly name: string;
  readonly front: Colour;
  readonly back: Colour;
  readonly contrast: number;
  readonly least: number;
}

/** Finds the pair that is furthest from what it needs; `undefined` where all can be read. */
export function findFaintPair(palette: Palette): FaintPair | undefined {
  const faint = pairs
    .map(([front, back, name, least]) => ({
      name,
      front: palette[front],
      back: palette[back],
      contrast: contrastOf(palette[front], palette[back]),
      least,
    }))
    .filter(({ contrast, least }) => contrast < least);
  return faint.sort((one, other) => one.contrast / one.least - other.contrast / other.least)[0];
}

const STEPS = 256;

/** The shade of a colour that is nearest to it and can be read: darker in the light scheme, lighter in the dark one. */
export function nearestReadable(colour: Colour, scheme: Scheme): Colour {
  const end = scheme === "light" ? black : white;
  for (let step = 0; step < STEPS; step++) {
    const shade = mix(colour, end, step / STEPS);
    if (findFaintPair(createPalette(shade, scheme)) === undefined) return shade;
  }
  return end;
}

/** The palette as declarations of custom properties. */
export function declarationsOf(palette: Palette): string {
  return Object.entries(palette)
    .map(([role, colour]) => `--${role}:${hexOf(colour)}`)
    .join(";");
}
