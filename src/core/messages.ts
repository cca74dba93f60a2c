// What people are shown and sent: templates and texts, letters and text messages made of them, and the way out.

import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import { createLetters } from '../domain/messages/letters.ts';
import { createOutbox } from '../domain/messages/outbox.ts';
import { createAssets } from '../http/assets.ts';
import type { Brand } from '../http/brand.ts';
import { createTranslator, type Translator } from '../http/locale.ts';
import { createRenderer, type Renderer } from '../http/render.ts';
import { createConfiguredMailer, createConfiguredSms } from '../outside.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { SmsSender } from '../ports/sms.ts';
import type { Store } from '../ports/store.ts';
import type { Foundation } from './foundation.ts';

const viewsDir = join(import.meta.dirname, '../../views');

/** Over the store; mail and text messages go as configured, unless senders are given. */
export function createMessages(parts: {
  config: Config;
  foundation: Foundation;
  brand: Brand;
  given: {
    readonly mailer?: ((store: Store) => Mailer) | undefined;
    readonly sms?: ((store: Store) => SmsSender) | undefined;
  };
}) {
  const { config, brand, given } = parts;
  const { store, clock, sealer, log } = parts.foundation;
  const assets = createAssets(join(viewsDir, 'assets'));
  // Templates are read when first asked for: a command that sends no letter starts without them.
  let spoken: Translator | undefined;
  const translator = () => (spoken ??= createTranslator(join(viewsDir, 'locales')));
  let made: Renderer | undefined;
  const renderer = () =>
    (made ??= createRenderer({ viewsDir, translator: translator(), assetUrl: assets.url }));

  const mailer = given.mailer?.(store) ?? createConfiguredMailer(config, log);
  const sms = given.sms?.(store) ?? createConfiguredSms(config, log);
  const outbox = createOutbox({ store, clock, sealer, log, senders: { mail: mailer.send, sms: sms.send } });
  const letters = createLetters({
    outbox,
    say(key, locale, values) {
      const told = Object.entries(values).map(([name, value]) => [
        name,
        value instanceof Date ? renderer().date(locale, value) : value,
      ]);
      return translator().translate(locale, key, { brand: brand.mail.name, ...Object.fromEntries(told) });
    },
    compose: (name, locale, page) => renderer().renderMail(name, { locale, brand: brand.mail, page }),
    issuer: config.issuer,
    fallback: config.locale,
    operator: config.supportEmail?.address,
    log,
  });
  return { assets, renderer, mailer, outbox, letters };
}
