// Mail by SMTP against a real server: what arrives, who it comes from, what is refused and how it is told.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSmtpMailer } from '../../../adapters/mail/smtp.ts';
import { parseSmtpUrl } from '../../../src/lib/smtp-url.ts';
import { DeliveryFailed, PermanentFailure } from '../../../src/ports/delivery.ts';
import type { Mail, Mailer } from '../../../src/ports/mailer.ts';
import { startMailServer, type MailServer } from '../../support/mail-server.ts';
import { certificate, privateKey } from '../fetch/certificate.ts';

const mail: Mail = {
  kind: 'account',
  to: 'eva@example.cz',
  subject: 'Vrátný: nastavte si heslo – žluťoučký kůň',
  text: 'Dobrý den,\n\nnastavte si heslo: https://id.example.cz/set-password/abc\n',
  html: '<p>Dobrý den, <a href="https://id.example.cz/set-password/abc">nastavte si heslo</a></p>',
};
const from = {
  account: { name: 'Hvězdný hosting', address: 'info@hvezdny.example' },
  security: { name: 'Hvězdný hosting', address: 'no-reply@hvezdny.example' },
};

let server: MailServer;
const mailers: Mailer[] = [];
const mailerFor = (url: string): Mailer => {
  const mailer = createSmtpMailer({ server: parseSmtpUrl(url)!, from, domain: 'id.example.cz' });
  mailers.push(mailer);
  return mailer;
};
const mailerHere = () => mailerFor(`smtp://127.0.0.1:${server.port}`);
const failureOf = (work: Promise<void>): Promise<DeliveryFailed> =>
  work.then(
    () => expect.fail('it was sent'),
    (error: unknown) => error as DeliveryFailed,
  );

beforeEach(async () => {
  server = await startMailServer();
});
afterEach(async () => {
  for (const mailer of mailers.splice(0)) await mailer.close?.();
  await server.close();
});

describe('a letter', () => {
  test('arrives with both bodies and its Czech subject, once, to the one recipient', async () => {
    await mailerHere().send(mail, '019a-one');
    expect(server.received).toHaveLength(1);
    const [got] = server.received;
    expect(got!.to).toEqual(['eva@example.cz']);
    expect(got!.headers.get('subject')).toBe(mail.subject);
    expect(got!.headers.get('to')).toBe('eva@example.cz');
    expect(got!.text.replaceAll('\r\n', '\n').trim()).toBe(mail.text.trim());
    expect(got!.html.trim()).toBe(mail.html);
    expect(got!.headers.get('auto-submitted')).toBe('auto-generated');
    expect(Date.parse(got!.headers.get('date')!)).toBeGreaterThan(0);
  });

  test('sent twice under one id has one Message-ID, so that the second is recognised', async () => {
    const mailer = mailerHere();
    await mailer.send(mail, '019a-one');
    await mailer.send(mail, '019a-one');
    await mailer.send(mail, '019a-two');
    expect(server.received.map(({ headers }) => headers.get('message-id'))).toEqual([
      '<019a-one@id.example.cz>',
      '<019a-one@id.example.cz>',
      '<019a-two@id.example.cz>',
    ]);
  });

  test('S60: comes from the sender of its kind, in the header and in the envelope', async () => {
    const mailer = mailerHere();
    await mailer.send(mail, 'one');
    await mailer.send({ ...mail, kind: 'security' }, 'two');
    expect(server.received.map(({ from: sender }) => sender)).toEqual([
      'info@hvezdny.example',
      'no-reply@hvezdny.example',
    ]);
    expect(server.received.map(({ headers }) => headers.get('from'))).toEqual([
      'Hvězdný hosting <info@hvezdny.example>',
      'Hvězdný hosting <no-reply@hvezdny.example>',
    ]);
  });

  test.each([
    'Hello\r\nBcc: evil@example.com',
    'Hello\nBcc: evil@example.com',
    'Hello\rBcc: evil@example.com',
    'Hello\u2028Bcc: evil@example.com',
    'Hello\u0000\r\n\r\nBcc: evil@example.com',
  ])('takes no second header or recipient from its subject %j (A10)', async (subject) => {
    await mailerHere().send({ ...mail, subject }, 'one');
    expect(server.received).toHaveLength(1);
    const [got] = server.received;
    expect(got!.to).toEqual(['eva@example.cz']);
    expect(got!.headerLines.filter((line) => /^(bcc|cc)/i.test(line))).toEqual([]);
    expect(got!.headers.get('subject')).toBe('Hello Bcc: evil@example.com');
    expect(got!.text.trim()).toBe(mail.text.trim().replaceAll('\n', '\r\n'));
  });

  test.each([
    'eva@example.cz, evil@example.com',
    'eva@example.cz;evil@example.com',
    'eva@example.cz\r\nBcc: evil@example.com',
    'eva@example.cz\nRCPT TO:<evil@example.com>',
    'eva@example.cz> SIZE=1\r\nRCPT TO:<evil@example.com',
    '"eva\r\n"@example.cz',
    '"evil@example.com "@example.cz',
    'eva(comment)@example.cz',
    'Eva <eva@example.cz>',
    'eva@[127.0.0.1]',
    'eva@example.cz\u2028',
    'eva\u0000@example.cz',
    'eva',
    '',
  ])('is never sent to %j (A10)', async (to) => {
    const failure = await failureOf(mailerHere().send({ ...mail, to }, 'one'));
    expect(failure).toBeInstanceOf(PermanentFailure);
    expect(server.connections).toBe(0);
  });

  test('is text that is sent and nothing that is fetched', async () => {
    const html = '<img src="file:///etc/passwd"><img src="http://127.0.0.1:1/">';
    await mailerHere().send({ ...mail, html }, 'one');
    expect(server.received[0]!.html.trim()).toBe(html);
  });
});

describe('a refusal', () => {
  test.each([
    ['550 5.1.1 https://id.example.cz/set-password/abc unknown', 'the mail server answered 550 5.1.1'],
    ['554 no', 'the mail server answered 554'],
  ])('%s is final, and told without the words of the server', async (refusal, sentence) => {
    server.refusal = refusal;
    const failure = await failureOf(mailerHere().send(mail, 'one'));
    expect(failure).toBeInstanceOf(PermanentFailure);
    expect(failure.message).toBe(sentence);
  });

  test.each([
    '451 4.3.0 later',
    '421 4.3.2 shutting down',
    '530 5.7.0 must authenticate',
    '503 5.5.1 bad sequence',
  ])('%s is not', async (refusal) => {
    server.refusal = refusal;
    const failure = await failureOf(mailerHere().send(mail, 'one'));
    expect(failure).toBeInstanceOf(DeliveryFailed);
    expect(failure).not.toBeInstanceOf(PermanentFailure);
    expect(failure.message).toMatch(/^the mail server /);
    expect(failure.message).not.toMatch(/later|shutting|must/);
  });

  test('a server that is away is not final either, and the connection comes back by itself', async () => {
    const { port } = server;
    const mailer = mailerHere();
    await mailer.send(mail, 'one');
    await server.close();
    const failure = await failureOf(mailer.send(mail, 'two'));
    expect(failure).not.toBeInstanceOf(PermanentFailure);
    expect(failure.message).toMatch(/^the mail server cannot be reached: /);
    server = await startMailServer({ port });
    await mailer.send(mail, 'two');
    expect(server.received).toHaveLength(1);
  });
});

describe('the connection', () => {
  test('check says whether the server answers and lets us in', async () => {
    await expect(mailerHere().check!()).resolves.toBeUndefined();
    const { port } = server;
    await server.close();
    const failure = await failureOf(mailerFor(`smtp://127.0.0.1:${port}`).check!());
    expect(failure.message).toContain('ECONNREFUSED');
    server = await startMailServer();
  });

  test('a wrong password is told without it, and is not the fault of the letter', async () => {
    await server.close();
    server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) =>
        auth.password === 'right/@1' ? done(null, { user: 'x' }) : done(new Error(`no ${auth.password}`)),
    });
    const failure = await failureOf(
      mailerFor(`smtp://us:hunter2@127.0.0.1:${server.port}`).send(mail, 'one'),
    );
    expect(failure).not.toBeInstanceOf(PermanentFailure);
    expect(failure.message).toMatch(/^the mail server does not let us in: 535/);
    expect(failure.message).not.toContain('hunter2');
    await mailerFor(`smtp://us:right%2F%401@127.0.0.1:${server.port}`).send(mail, 'one');
    expect(server.received).toHaveLength(1);
  });

  test('without STARTTLS nothing is sent where it is asked for, not even the password (A100)', async () => {
    await server.close();
    let asked = 0;
    server = await startMailServer({
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => {
        asked += 1;
        done(null, { user: 'x' });
      },
    });
    const failure = await failureOf(
      mailerFor(`smtp://us:pass@127.0.0.1:${server.port}?requireTLS=true`).send(mail, 'one'),
    );
    expect(failure.message).toBe('the mail server offers no encryption: 500');
    expect([asked, server.received]).toEqual([0, []]);
  });

  test('a certificate that nobody vouches for is refused (A100)', async () => {
    await server.close();
    server = await startMailServer({ disabledCommands: [], cert: certificate, key: privateKey });
    const url = `smtp://127.0.0.1:${server.port}`;
    for (const wish of ['?requireTLS=true', '?requireTLS=false']) {
      const failure = await failureOf(mailerFor(url + wish).send(mail, 'one'));
      expect(failure.message).toMatch(/certificate/i);
    }
    expect(server.received).toEqual([]);
    // On this machine there is nobody in between.
    await mailerFor(url).send(mail, 'one');
    expect(server.received).toHaveLength(1);
  });
});
