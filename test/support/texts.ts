// The product's own texts, so that tests ask which page is shown and not how it is worded today.

import { join } from 'node:path';
import { createTranslator, type Locale, type TextValues } from '../../src/http/locale.ts';

const translator = createTranslator(join(import.meta.dirname, '../../views/locales'));

/** The text of a key, in English unless said otherwise. */
export const text = (key: string, values: TextValues = {}, locale: Locale = 'en'): string =>
  translator.translate(locale, key, values);

/** The same as a page shows it: “e-mail” stays on one line. */
export const shown = (said: string): string => said.replaceAll(/([eE])-(?=mail)/g, '$1\u2011');
