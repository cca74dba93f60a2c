// Addresses of mail servers: ports, credentials, and where encryption is not asked for.

import { expect, test } from 'vitest';
import { parseSmtpUrl } from '../../src/lib/smtp-url.ts';

test.each([
  ['smtp://mail.example.com', { port: 587, secure: false, requireTLS: true, ignoreTLS: false }],
  ['smtp://mail.example.com:25', { port: 25, secure: false, requireTLS: true, ignoreTLS: false }],
  ['smtps://mail.example.com', { port: 465, secure: true, requireTLS: false, ignoreTLS: false }],
  ['smtp://localhost:25', { port: 25, requireTLS: false, ignoreTLS: true }],
  ['smtp://127.0.0.1:25/', { port: 25, requireTLS: false, ignoreTLS: true }],
  ['smtp://[::1]:25', { host: '::1', requireTLS: false, ignoreTLS: true }],
  ['smtp://localhost:25?requireTLS=true', { requireTLS: true, ignoreTLS: false }],
  ['smtp://mail.example.com?requireTLS=false', { requireTLS: false, ignoreTLS: false }],
  ['smtp://localhost.example.com', { host: 'localhost.example.com', requireTLS: true }],
  ['smtp://127.0.0.1.example.com', { requireTLS: true }],
])('%s', (text, server) => {
  expect(parseSmtpUrl(text)).toMatchObject(server);
});

test('credentials are written with escapes', () => {
  expect(parseSmtpUrl('smtps://id%40example.com:p%3A%2Fs@mail.example.com')?.auth).toEqual({
    user: 'id@example.com',
    pass: 'p:/s',
  });
  expect(parseSmtpUrl('smtps://mail.example.com')).not.toHaveProperty('auth');
});

test.each([
  '',
  'mail.example.com',
  'http://mail.example.com',
  'smtp://',
  'smtp://mail.example.com/path',
  'smtp://mail.example.com?requireTls=false',
  'smtp://mail.example.com?requireTLS=no',
  'smtp://mail.example.com?tls.rejectUnauthorized=false',
  'smtp://u%zz:p@mail.example.com',
  'smtp://mail.example.com:99999',
])('%j is none', (text) => {
  expect(parseSmtpUrl(text)).toBeUndefined();
});
