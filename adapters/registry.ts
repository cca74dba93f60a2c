// Which adapter answers to which name. Adapters are loaded when they are asked for, so what is not used costs nothing.

import type { Mailer } from '../src/ports/mailer.ts';
import type { Store } from '../src/ports/store.ts';
import type { Upstream, UpstreamKind } from '../src/ports/upstream.ts';
import type { SmtpOptions } from './mail/smtp.ts';
import type { OidcUpstreamOptions } from './upstream/oidc.ts';

type Context = { readonly now: () => number };

const openMongodb = async (uri: string, { now }: Context): Promise<Store> => {
  const mongodb = await import('./storage/mongodb.ts');
  return mongodb.openMongodb({ uri, now });
};

const stores: Record<string, (spec: string, context: Context) => Promise<Store>> = {
  sqlite: async (spec, { now }) => {
    const { openSqlite } = await import('./storage/sqlite.ts');
    return openSqlite({ path: spec.slice('sqlite:'.length), now });
  },
  mongodb: openMongodb,
  'mongodb+srv': openMongodb,
};

/** Opens `sqlite:PATH`, `sqlite::memory:`, `mongodb://…` or `mongodb+srv://…`; a TypeError for anything else. */
export async function openStore(spec: string, context: Context): Promise<Store> {
  // The text may carry a password, so the message names only its scheme.
  const scheme = /^(sqlite):.|^(mongodb(?:\+srv)?):\/\//s.exec(spec)?.slice(1).find(Boolean);
  const open = scheme === undefined ? undefined : stores[scheme];
  if (open === undefined) throw new TypeError(`no store answers to ${spec.split(':', 1)[0]}:`);
  return open(spec, context);
}

/** A mailer by SMTP; its code is loaded for the first letter. */
export function openMailer(options: SmtpOptions): Mailer {
  let opened: Promise<Mailer> | undefined;
  const open = () =>
    (opened ??= import('./mail/smtp.ts').then(({ createSmtpMailer }) => createSmtpMailer(options)));
  return {
    send: async (mail, id) => (await open()).send(mail, id),
    check: async () => (await open()).check?.(),
    close: async () => (await opened)?.close?.(),
  };
}

const upstreams: Record<UpstreamKind, (options: OidcUpstreamOptions) => Promise<Upstream>> = {
  oidc: async (options) => (await import('./upstream/oidc.ts')).createOidcUpstream(options),
  mojeid: async (options) => (await import('./upstream/mojeid.ts')).createMojeid(options),
};

/** An upstream of a kind; its code is loaded for the first sign-in. */
export function openUpstream(kind: UpstreamKind, options: OidcUpstreamOptions): Upstream {
  let opened: Promise<Upstream> | undefined;
  const open = () => (opened ??= upstreams[kind](options));
  return {
    begin: async (demand) => (await open()).begin(demand),
    complete: async (params, ticket) => (await open()).complete(params, ticket),
    check: async () => (await open()).check?.(),
  };
}
