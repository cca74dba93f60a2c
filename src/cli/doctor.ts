// `doctor`: what is right and wrong with this installation, as far as it can be told from here.

import { Command } from 'commander';
import { allShapes } from '../domain/collections.ts';
import { migrationStatus } from '../domain/migrate.ts';
import { jsonOption } from './json-option.ts';
import { NotWell } from './output.ts';
import type { Work, WithCore } from './run.ts';

type Finding = { readonly check: string; readonly ok: boolean; readonly detail: string };

const OLDEST_NODE = 26;
const SLOW_MILLISECONDS = 1000;

const checks: readonly ((work: Work) => Promise<Finding> | Finding)[] = [
  () => {
    const major = Number(process.versions.node.split('.', 1)[0]);
    return { check: 'runtime', ok: major >= OLDEST_NODE, detail: `Node ${process.versions.node}` };
  },
  async ({ core }) => {
    const startedAt = performance.now();
    await core.store.ping();
    const milliseconds = performance.now() - startedAt;
    const detail = `${core.store.kind} answers in ${milliseconds.toFixed(1)} ms`;
    return { check: 'storage', ok: milliseconds < SLOW_MILLISECONDS, detail };
  },
  async ({ core }) => {
    const { prepared, migrations } = await migrationStatus(core.store, allShapes);
    const ok = prepared && migrations.every(({ applied }) => applied);
    return {
      check: 'schema',
      ok,
      detail: ok ? 'tables, indexes and migrations are up to date' : 'not up to date',
    };
  },
  async ({ core }) => {
    const keys = await core.signingKeys.list();
    if (keys.length === 0)
      return { check: 'signing keys', ok: true, detail: 'none yet: the first start makes them' };
    try {
      await core.signingKeys.load();
      const active = keys.filter(({ state }) => state === 'active').length;
      return { check: 'signing keys', ok: active > 0, detail: `${keys.length} stored, ${active} active` };
    } catch (error) {
      const detail = `cannot be opened with this VRATNY_SECRET: ${(error as Error).message}`;
      return { check: 'signing keys', ok: false, detail };
    }
  },
  async ({ core, config }) => {
    const check = 'mail';
    if (!core.sendsMail)
      return { check, ok: true, detail: 'no mail server: nobody gets mails; set VRATNY_SMTP_URL' };
    try {
      await core.checkMail();
      const { host, port } = config.smtpServer ?? { host: 'the inbox of the demo', port: undefined };
      return {
        check,
        ok: true,
        detail: `${host}${port === undefined ? '' : `:${port}`} answers and lets us in`,
      };
    } catch (error) {
      return { check, ok: false, detail: (error as Error).message };
    }
  },
  ({ config }) => ({
    check: 'environment',
    ok: true,
    detail: config.production
      ? 'production'
      : 'not production: set NODE_ENV=production, and unsafe settings are refused',
  }),
  ({ config }) => {
    const https = config.issuer.startsWith('https:');
    const trusted = config.trustedProxies.length > 0;
    // TLS ends before us, so an https issuer means a proxy, and every address that is not told by it is its own.
    const detail = trusted
      ? `trusted: ${config.trustedProxies.join(', ')}`
      : https
        ? 'none trusted, so everybody seems to come from the proxy: set VRATNY_TRUSTED_PROXIES'
        : 'none trusted: the peer is the client';
    return { check: 'proxies', ok: trusted || !https, detail };
  },
  askIssuer,
];

/** What a connection fails with when nobody is there. A certificate that is not taken is another matter. */
const NOBODY = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH'.split(' '),
);
/** What a proxy answers when nobody is behind it. */
const NOBODY_BEHIND = new Set([502, 503, 504]);

/** Whether the public address leads to a provider that calls itself by it. Nobody there is no fault of ours. */
async function askIssuer({ config }: Work): Promise<Finding> {
  const check = 'issuer';
  const { issuer } = config;
  const { createOwnFetcher } = await import('../outside.ts');
  try {
    const response = await createOwnFetcher(config)(`${issuer}/.well-known/openid-configuration`);
    const { status } = response;
    if (NOBODY_BEHIND.has(status))
      return { check, ok: true, detail: `${issuer} answers ${status} now: is the server running?` };
    const found = ((await response.json().catch(() => ({}))) as { issuer?: unknown }).issuer;
    const ok = status === 200 && found === issuer;
    const as = typeof found === 'string' ? `as ${found}` : 'and is no provider';
    const other = `${issuer} answers ${status} ${as}: check the proxy, the Host that it passes on, and VRATNY_ISSUER`;
    return { check, ok, detail: ok ? `${issuer} answers` : other };
  } catch (error) {
    const { message, cause } = error as Error;
    const { code = '', name } = (cause ?? {}) as { code?: unknown; name?: string };
    if (NOBODY.has(String(code)) || name === 'TimeoutError')
      return { check, ok: true, detail: `${issuer} does not answer now: is the server running?` };
    const what = message.replaceAll(/\s+/g, ' ').trim();
    const detail = `${what}: applications will meet it, too. A private CA is named by NODE_EXTRA_CA_CERTS`;
    return { check, ok: false, detail };
  }
}

/** The `doctor` command. */
export const doctorCommand = (withCore: WithCore): Command =>
  new Command('doctor')
    .description('examine this installation; exit code 1 when something needs attention')
    .addOption(jsonOption())
    .action((options: { json?: true }) =>
      withCore(options.json === true, async (work) => {
        const findings = await Promise.all(checks.map(async (examine) => examine(work)));
        work.output.result(findings, () =>
          findings.map(({ check, ok, detail }) => `${ok ? 'ok ' : 'BAD'}  ${check}: ${detail}`),
        );
        const bad = findings.filter(({ ok }) => !ok).map(({ check }) => check);
        if (bad.length > 0) throw new NotWell(`something needs attention: ${bad.join(', ')}`);
      }),
    );
