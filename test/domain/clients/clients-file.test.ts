// Clients kept as code: every problem is named, and the secret need not be in the file.

import { describe, expect, test } from 'vitest';
import { readClientsFile } from '../../../src/domain/clients/clients-file.ts';
import { secretMatches } from '../../../src/domain/clients/clients.ts';
import { digest } from '../../../src/lib/digest.ts';

const SECRET = 'a secret of more than thirty-two characters';
const panel = { client_id: 'panel', client_name: 'Panel', redirect_uris: ['https://panel.example/cb'] };
const read = (...entries: object[]) => readClientsFile(JSON.stringify(entries));

test('a client comes with its secret, or with the hash of it', () => {
  const clients = read(
    { ...panel, client_secret: SECRET },
    { ...panel, client_id: 'mail', client_secret_sha256: digest(SECRET) },
  );
  for (const id of ['panel', 'mail']) {
    expect(secretMatches(clients.get(id)!, SECRET, new Date())).toBe(true);
    expect(secretMatches(clients.get(id)!, `${SECRET}x`, new Date())).toBe(false);
    expect(JSON.stringify(clients.get(id))).not.toContain(SECRET);
  }
});

describe('what will not do is named with its client', () => {
  test.each([
    ['no JSON', '{', /is not JSON/],
    ['no array', '{}', /array of clients/],
    [
      'a secret that lacks',
      JSON.stringify([panel]),
      /client panel: client_secret or client_secret_sha256 is needed/,
    ],
    [
      'a short secret',
      JSON.stringify([{ ...panel, client_secret: 'short' }]),
      /client panel: client_secret must have/,
    ],
    [
      'a plain address',
      JSON.stringify([{ ...panel, client_secret: SECRET, redirect_uris: ['http://x.example'] }]),
      /must use https/,
    ],
    [
      'an unknown field',
      JSON.stringify([{ ...panel, client_secret: SECRET, redirect_uri: 'x' }]),
      /redirect_uri/,
    ],
    [
      'one client twice',
      JSON.stringify([
        { ...panel, client_secret: SECRET },
        { ...panel, client_secret: SECRET },
      ]),
      /twice/,
    ],
    ['an entry that is no object', '[null]', /client number 1/],
    [
      'a public client with a secret',
      JSON.stringify([{ ...panel, token_endpoint_auth_method: 'none', client_secret: SECRET }]),
      /does not use/,
    ],
  ])('%s', (_name, text, message) => {
    expect(() => readClientsFile(text)).toThrow(message);
  });

  test('all at once', () => {
    expect(() => read({ ...panel }, { client_id: 'mail' })).toThrow(/client panel.*client mail/s);
  });
});
