// Names of networks from local database files: what is found, what is not, and what refuses the start.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNetworks } from '../../adapters/geoip/mmdb.ts';
import { checkConfig } from '../../src/config/load.ts';
import { readConfiguredFiles } from '../../src/outside.ts';
import { writeMmdb } from '../support/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'vratny-geoip-'));
const [asn, country, broken] = ['asn', 'country', 'broken'].map((name) => join(folder, `${name}.mmdb`)) as [
  string,
  string,
  string,
];

beforeAll(() => {
  writeMmdb(asn, {
    '192.0.2.0/24': { autonomous_system_organization: 'Hvězdné sítě, a.s.', autonomous_system_number: 64500 },
    '198.51.100.0/25': { autonomous_system_organization: `Evil\r\nNet\u202e ${'x'.repeat(200)}` },
    '2001:db8:1::/48': { autonomous_system_organization: 'Six' },
    '203.0.113.0/24': { autonomous_system_organization: 7 },
  });
  writeMmdb(country, {
    '192.0.2.0/24': { country: { iso_code: 'CZ' } },
    '2001:db8:1::/48': { country: { iso_code: 'SK' } },
    '203.0.113.0/24': { country: { iso_code: '<b>' } },
  });
  writeFileSync(broken, 'no database at all');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('networks', () => {
  test.for([
    ['192.0.2.77', { organisation: 'Hvězdné sítě, a.s.', country: 'CZ' }],
    ['2001:db8:1:ff::1', { organisation: 'Six', country: 'SK' }],
    ['2001:db8:2::1', undefined],
    ['198.51.100.200', undefined],
    // What is no text or no code of a country is not passed on.
    ['203.0.113.1', undefined],
    ['127.0.0.1', undefined],
    ['no address', undefined],
    ['', undefined],
  ] as const)('of %s are found in whichever file knows them', ([address, name]) => {
    expect(openNetworks([asn, country]).find(address)).toEqual(name);
  });

  test('have names of one bounded line, whatever the file says', () => {
    const { organisation } = openNetworks([asn]).find('198.51.100.1')!;
    expect(organisation).toMatch(/^Evil Net x{40,}$/);
    expect(organisation!.length).toBeLessThanOrEqual(80);
  });

  test('are unknown without files', () => {
    expect(openNetworks([]).find('192.0.2.1')).toBeUndefined();
  });
});

describe('the configuration', () => {
  test('refuses a file that is missing', () => {
    const missing = join(folder, 'missing.mmdb');
    expect(() => checkConfig({ VRATNY_GEOIP_FILES: `${asn}, ${missing}` })).toThrow(
      /VRATNY_GEOIP_FILES cannot be read: .*missing\.mmdb/,
    );
  });

  test('refuses a file that is no such database', () => {
    const config = checkConfig({ VRATNY_GEOIP_FILES: `${asn} ${broken}` });
    expect(() => readConfiguredFiles(config)).toThrow(/VRATNY_GEOIP_FILES will not do: .*broken\.mmdb/);
  });

  test('takes several, separated as other lists are', () => {
    const config = checkConfig({ VRATNY_GEOIP_FILES: `${asn},${country}` });
    expect(readConfiguredFiles(config).networks.find('192.0.2.1')).toMatchObject({ country: 'CZ' });
  });
});
