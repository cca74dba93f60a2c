// What the packages may be and do that come with `npm ci`: each exactly the one that was locked, none that runs a script of
// its own beside those that are named, and all under licences that go with ours.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

type Locked = {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: true;
  readonly hasInstallScript?: true;
};
type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};

const readJson = (file: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8'));
const manifest = readJson('package.json') as Manifest;
const { packages } = readJson('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
const locked = Object.entries(packages)
  .filter(([place]) => place !== '')
  .map(([place, entry]) => ({ name: place.split('node_modules/').at(-1)!, ...entry }));

test('every package is locked by the hash of its content, and comes from the registry', () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
  // From a folder, a repository or an address of its own it would be named.
  expect(locked.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  expect(packages['']).toMatchObject({
    dependencies: manifest.dependencies,
    devDependencies: manifest.devDependencies,
  });
});

test('only the packages that are named run a script when they are installed', () => {
  const allowed = Object.entries(manifest.allowScripts).flatMap(([name, isAllowed]) =>
    isAllowed ? name : [],
  );
  expect(allowed).toEqual(['node']);
  expect(locked.flatMap(({ name, hasInstallScript }) => (hasInstallScript ? name : []))).toEqual(allowed);
});

test('what is shipped is under licences that ask for no more than their notice (A108)', () => {
  const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];
  const isIn =
    (known: readonly string[]) =>
    ({ license }: Locked) =>
      known.includes(license ?? '');
  const others = locked.filter((one) => !isIn(permissive)(one));
  // Tools: they are run by who builds and tests, and are no part of what runs.
  expect(others.filter((one) => !(one.dev && isIn(['MPL-2.0', 'Unlicense'])(one)))).toEqual([]);
});
