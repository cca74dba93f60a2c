// `doctor`: what is right and wrong with this installation, as far as it can be told from here.

import { Command } from 'commander';
import { storagePlace } from '../configured-store.ts';
import { allShapes } from '../domain/collections.ts';
import { migrationStatus } from '../domain/migrate.ts';
import { jsonOption } from './json-option.ts';
import { IGNORED_FORWARDING } from './metrics.ts';
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
  async ({ core, config }) => {
    const startedAt = performance.now();
    await core.store.ping();
    const milliseconds = performance.now() - startedAt;
    const accounts = await core.accounts.list({ limit: 1 });
    const empty =
      accounts.length > 0 ? '' : ', no account in it yet: if there should be, check VRATNY_STORAGE';
    const made = core.isNewStorage ? ', made just now' : '';
    const detail = `${storagePlace(config)} answers in ${milliseconds.toFixed(1)} ms${made}${empty}`;
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
  async ({ config }) => {
    const https = config.issuer.startsWith('https:');
    const trusted = config.trustedProxies.length > 0;
    // TLS ends before us, so an https issuer means a proxy, and every address that is not told by it is its own.
    const detail = trusted
      ? `trusted: ${config.trustedProxies.join(', ')}`
      : https
        ? 'none trusted, so everybody seems to come from the proxy: set VRATNY_TRUSTED_PROXIES'
        : 'none trusted: the peer is the client';
    return { check: 'proxies', ok: trusted || !https, detail: `${detail}${await ignoredForwarding(config)}` };
  },
  askIssuer,
];

/** What the node that runs here has not believed: strangers send such headers, too, so it is no fault by itself. */
async function ignoredForwarding(config: Work['config']): Promise<string> {
  const { metricsPort } = config;
  if (metricsPort === undefined) return '';
  const { createOwnFetcher } = await import('../outside.ts');
  const at = `http://127.0.0.1:${metricsPort}`;
  const text = await createOwnFetcher({ ...config, issuer: at })(`${at}/metrics`)
    .then((response) => response.text())
    .catch(() => '');
  const count = Number(new RegExp(String.raw`^${IGNORED_FORWARDING} (\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return count === 0
    ? ''
    : `; the server has ignored forwarding headers of ${count} requests from others: is a proxy missing?`;
}

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
