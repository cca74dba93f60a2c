// The hoster's colour, made readable: from one colour every accent token for light and dark, by WCAG contrast.

type Rgb = readonly [number, number, number];
type Theme = 'light' | 'dark';

/** What the accent stands on; the same values as `--surface` and `--page` in vratny.css (a test compares them). */
export const surfaces = {
  light: { surface: '#ffffff', page: '#f4f5f7' },
  dark: { surface: '#191d24', page: '#101318' },
} as const satisfies Record<Theme, { surface: string; page: string }>;

export const defaultAccent = '#2f56c6';

/** Whether the text is a colour as `#rrggbb`. */
export const isHexColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

function parse(hex: string): Rgb {
  if (!isHexColour(hex)) throw new TypeError(`not a colour as #rrggbb: ${hex}`);
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

const format = (colour: Rgb): string =>
  `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

const linear = (channel: number): number => {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

const luminance = ([red, green, blue]: Rgb): number =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

/** WCAG 2.2 contrast ratio of two `#rrggbb` colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(parse(a)), luminance(parse(b))].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];

/** The colour moved towards black or white, as little as needed, until it stands out from every background. */
function readable(colour: Rgb, towards: Rgb, ratio: number, backgrounds: readonly string[]): string {
  for (let share = 0; share < 1; share += 0.02) {
    const candidate = format(mix(colour, towards, share));
    if (backgrounds.every((background) => contrast(candidate, background) >= ratio)) return candidate;
  }
  return format(towards);
}

/** Black or white, whichever reads better on the colour: the better of the two is never below 4.5 : 1. */
const textOn = (colour: string): '#ffffff' | '#000000' =>
  contrast(colour, '#ffffff') >= contrast(colour, '#000000') ? '#ffffff' : '#000000';

export type AccentTokens = {
  /** Fill of the primary button: the hoster's colour as it is. */
  readonly accent: string;
  /** The same under the pointer: further away from the text on it. */
  readonly accentStrong: string;
  readonly onAccent: string;
  /** Edge of the primary button, 3 : 1 against what is around it, so that a pale one is still seen. */
  readonly accentLine: string;
  /** Links and marks on a surface: 4.5 : 1, also on the tint. */
  readonly accentText: string;
  /** A quiet tint behind icons and chosen items. */
  readonly accentSoft: string;
};

/** Every accent token of a theme, computed from one colour. */
export function accentTokens(hex: string, theme: Theme): AccentTokens {
  const { surface, page } = surfaces[theme];
  const towards = theme === 'light' ? black : white;
  const accent = format(parse(hex));
  const onAccent = textOn(accent);
  const accentSoft = format(mix(parse(surface), parse(accent), theme === 'light' ? 0.09 : 0.18));
  return {
    accent,
    accentStrong: format(mix(parse(accent), onAccent === '#ffffff' ? black : white, 0.16)),
    onAccent,
    accentLine: readable(parse(accent), towards, 3, [surface, page]),
    accentText: readable(parse(accent), towards, 4.5, [surface, page, accentSoft]),
    accentSoft,
  };
}

const declarations = (tokens: AccentTokens): string =>
  Object.entries(tokens)
    .map(([name, value]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${value};`)
    .join(' ');

/** The stylesheet that sets the accent tokens of vratny.css for light and dark. */
export function accentStylesheet(hex: string): string {
  const light = declarations(accentTokens(hex, 'light'));
  const dark = declarations(accentTokens(hex, 'dark'));
  return `:root { ${light} }\n@media (prefers-color-scheme: dark) { :root { ${dark} } }\n`;
}
