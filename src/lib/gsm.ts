// Text messages in the alphabet that phones send cheapest.

/**
 * The letters of the GSM 7-bit alphabet and its extension, which counts double (3GPP TS 23.038 §6.2.1), as far as they
 * have no accents. One letter outside of it, as every Czech sentence has, turns the whole message to UCS-2: 70
 * characters instead of 160, so two or three messages instead of one. That is why texts are sent without diacritics.
 */
const OTHERS = /[^\n A-Za-z0-9@£$¥_!"#%&'()*+,\-./:;<=>?¡¿§¤[\]~^{|}\\€]/gu;

const typography: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': ',',
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '\u00a0': ' ',
};

/** The text in letters of which 160 fit into one message; what has no such letter becomes `?`. */
export const toGsm = (text: string): string =>
  text
    .replaceAll(/[‘’‚“”„–—…\u00a0]/gu, (character) => typography[character]!)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(OTHERS, '?');
