// House rules that a reader would otherwise have to remember: names, heads, and words that must not be written.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findIn, root, sources, trackedFiles } from './support/sources.ts';

const product = sources.filter(({ file }) => /^(src|interactions|adapters)\//.test(file));
const views = trackedFiles
  .filter((file) => file.startsWith('views/') && file.endsWith('.njk'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

describe('names', () => {
  test('files are named in kebab-case by what they are about', () => {
    const code = trackedFiles.filter((file) => /^(src|interactions|adapters|views|test|bench)\//.test(file));
    const wrong = code.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(basename(file)));
    expect(wrong).toEqual([]);
  });

  test('no file is a drawer: nothing is called utils, helpers, common, manager, service, base or index', () => {
    const drawers = /(^|-)(index|utils?|helpers?|common|managers?|services?|base|misc|shared)(-|\.|$)/;
    expect(sources.filter(({ file }) => drawers.test(basename(file))).map(({ file }) => file)).toEqual([]);
    expect(
      sources.filter(({ file }) => drawers.test(basename(join(file, '..')))).map(({ file }) => file),
    ).toEqual([]);
  });

  test('a step has one name in six places: id, file, template, texts, route and test', () => {
    const union = /export type StepId =\s*([^;]+);/.exec(textOf('interactions/step.ts'))![1]!;
    const ids = [...union.matchAll(/'([^']+)'/g)].map(([, id]) => id!).sort();
    const inFolder = (folder: string, ending: string) =>
      readdirSync(join(root, folder))
        .filter((file) => file.endsWith(ending))
        .map((file) => basename(file, ending))
        .sort();
    expect(inFolder('interactions/steps', '.ts')).toEqual(ids);
    expect(inFolder('views/steps', '.njk')).toEqual(ids);
    const covered = [...textOf('test/interactions/steps.test.ts').matchAll(/stepContract\('([^']+)'/g)];
    expect(covered.map(([, id]) => id!).sort()).toEqual(ids);
    for (const locale of ['cs', 'en']) {
      const texts = JSON.parse(textOf(`views/locales/${locale}.json`)) as { step: object };
      expect(Object.keys(texts.step)).toEqual(
        expect.arrayContaining(ids.map((id) => id.replaceAll('-', '_'))),
      );
    }
    for (const id of ids) expect(textOf(`interactions/steps/${id}.ts`)).toContain(`id: '${id}'`);
  });
});

describe('files', () => {
  test('each begins with a comment that says what it holds', () => {
    const bare = sources.filter(({ text }) => !/^(#!.*\n)?\/\/ [A-Z‘“`/]?\S.{15,}/.test(text));
    expect(bare.map(({ file }) => file)).toEqual([]);
  });

  test('none exports a default, but where a tool asks for it', () => {
    const given = sources.filter(({ file }) => !file.endsWith('.config.ts'));
    expect(findIn(/^export default\b|\bexport \{[^}]*\bas default\b/, given)).toEqual([]);
  });

  test('none passes on what another one exports', () => {
    expect(findIn(/^export (\*|\{[^}]*\}|type \{[^}]*\}) from/, sources)).toEqual([]);
  });

  test('only types are used that can be erased', () => {
    const words =
      /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s|^\s*(export\s+)?namespace\s|constructor\([^)]*\b(public|private|protected|readonly)\s+\w+\s*[?:]/;
    expect(findIn(words, sources)).toEqual([]);
  });

  test('none carries a task for later without its issue', () => {
    expect(findIn(/\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)/, product)).toEqual([]);
  });
});

describe('words that must not be written', () => {
  test('secrets are never compared with ===', () => {
    const secret = String.raw`(?:\w*(?:[sS]ecret|[tT]oken|[pP]resented|[cC]srf|[mM]ac|[sS]ignature)\w*|digest\([^)]*\)|\w*[hH]ash)`;
    // Whether there is one, and which of our own words it is, is no comparison of secrets.
    const harmless = String.raw`(?!\s*(?:undefined|null|true|''|'[a-z_]+'))`;
    const compared = new RegExp(
      `(?<![\\w.'])(?:\\w+\\.)*${secret}\\s*[!=]==${harmless}|[!=]==\\s*(?:\\w+\\.)*${secret}\\b(?!\\()`,
    );
    expect(compared.test('if (presented === csrf)')).toBe(true);
    expect(compared.test('if (found.doc.hash !== digest(secret))')).toBe(true);
    const known = [
      // A stored hash, and the same one read again: neither comes from outside.
      /^src\/domain\/passwords\/password-sign-in\.ts:.*doc\.passwordHash === before/,
      // An address of ours that happens to be called so.
      /=== endpoints\.\w+/,
    ];
    expect(findIn(compared, product).filter((place) => !known.some((one) => one.test(place)))).toEqual([]);
  });

  test('randomness comes from the cryptographic source', () => {
    expect(findIn(/Math\.random/, product)).toEqual([]);
  });

  test('nothing is evaluated, and no pattern is made of what people send', () => {
    expect(findIn(/\beval\(|new Function\(|renderString|vm\.run/, product)).toEqual([]);
  });

  test('only the guarded fetcher opens connections', () => {
    // The demo plays a relying party; `doctor` asks our own address, as an operator would; `listen` looks whether
    // anybody answers at the unix socket that it was given.
    const allowed = /^(adapters\/fetch\/|src\/demo\/|src\/cli\/doctor\.ts|src\/http\/listen\.ts)/;
    const others = product.filter(({ file }) => !allowed.test(file));
    expect(findIn(/(?<![\w.])fetch\(|globalThis\.fetch/, others)).toEqual([]);
    expect(
      findIn(
        /\b(request|get|connect|createConnection)\b.*from 'node:(http|https|http2|net|tls|dgram)'/,
        others,
      ),
    ).toEqual([]);
  });

  test('only commands, the demo, and what refuses an old Node write to the terminal', () => {
    expect(findIn(/\bconsole\.\w+\(/, product)).toEqual([]);
    const others = product.filter(({ file }) => !/^src\/(cli\/|demo\/|compile-cache\.mjs$)/.test(file));
    expect(findIn(/process\.(stdout|stderr)/, others)).toEqual([]);
  });

  test('the environment is read in one place and handed on', () => {
    const others = product.filter(({ file }) => file !== 'src/main.ts');
    expect(findIn(/process\.env\b/, others)).toEqual([]);
  });

  test('what Koa believes of forwarding headers is never asked', () => {
    expect(findIn(/ctx\.(ip|ips|host|hostname|origin|protocol|secure)\b|app\.proxy\b/, product)).toEqual([]);
  });

  test('accounts and customers are written where their search keys are made', () => {
    const others = product.filter(({ file }) => file !== 'src/domain/search/search-keys.ts');
    expect(findIn(/collection\(collections\.(accounts|customers)\)/, others)).toEqual([]);
  });

  test('templates have no way around the escaping, and no script or style of their own', () => {
    expect(findIn(/\|\s*(safe|dump)\b|autoescape false/, views)).toEqual([]);
    const pages = views.filter(({ file }) => !file.startsWith('views/mail/'));
    expect(findIn(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i, pages)).toEqual([]);
    expect(findIn(/\s(?:href|src|action|value|content)=(?!")/, pages)).toEqual([]);
  });
});

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
