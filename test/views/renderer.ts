// The renderer as the application makes it, over the real views.

import { join } from 'node:path';
import { createAssets } from '../../src/http/assets.ts';
import { createTranslator } from '../../src/http/locale.ts';
import { createRenderer } from '../../src/http/render.ts';

export const viewsDir = join(import.meta.dirname, '../../views');
export const translator = createTranslator(join(viewsDir, 'locales'));
export const assets = createAssets(join(viewsDir, 'assets'));

export const { render, renderMail, date } = createRenderer({
  viewsDir,
  translator,
  assetUrl: assets.url,
  timeZone: 'Europe/Prague',
});
