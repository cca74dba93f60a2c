// Every option: a row each with its variable, how its text is read, what holds without it, and its line in the docs.

import { REGISTRATION_EXAMPLE, registrationPolicies } from './registration-policies.ts';
import { z } from 'zod';
import { parseRange } from '../lib/address.ts';
import { type Mailbox, parseMailbox } from '../lib/mailbox.ts';
import { parseSmtpUrl, type SmtpServer } from '../lib/smtp-url.ts';

const text = z.string().trim().min(1, { error: 'must not be empty' });
const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be between ${min} and ${max}` });
const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true');
const list = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean));
const secretList = z
  .string()
  .transform((value) =>
    value
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .refine((values) => values.length > 0, { error: 'must not be empty' });
const ranges = list.refine((values) => values.every((value) => parseRange(value) !== undefined), {
  error: 'must be addresses or CIDR ranges separated by commas, such as 10.0.0.0/8, 2001:db8::/32',
});

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const secondsIn = (value: string) =>
  Number(value.slice(0, -1)) * UNIT_SECONDS[value.at(-1) as keyof typeof UNIT_SECONDS];
const duration = (min: string, max: string) =>
  z
    .string()
    .regex(/^\d{1,6}[smhd]$/, { error: 'must be a number with a unit, such as 90s, 15m, 12h or 14d' })
    .transform(secondsIn)
    .refine((value) => value >= secondsIn(min) && value <= secondsIn(max), {
      error: `must be between ${min} and ${max}`,
    });

const webUrl = text.refine((value) => ['http:', 'https:'].includes(URL.parse(value)?.protocol ?? ''), {
  error: 'must be an http or https URL, such as https://www.example.com',
  abort: true,
});
const issuer = webUrl.refine(
  (value) => {
    const url = URL.parse(value);
    return url !== null && url.origin === value;
  },
  { error: 'must be an origin without a path or a final slash, such as https://id.example.com' },
);
const storage = text.refine((value) => /^(sqlite:.+|mongodb(\+srv)?:\/\/.+)$/.test(value), {
  error: 'must be sqlite:PATH or mongodb://HOST/DATABASE',
});
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, { error: 'must be a colour like #0a6b5c' });
const trustedProxies = list.refine(
  (values) => values.every((value) => value === 'unix' || parseRange(value) !== undefined),
  { error: 'must be addresses, CIDR ranges or the word unix, separated by commas' },
);
const jsonText = (example: string) =>
  z.string().transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: example });
      return z.NEVER;
    }
  });
const RESOURCES_EXAMPLE = 'must be JSON, such as {"https://api.example.com": "read write"}';
const resources = jsonText(RESOURCES_EXAMPLE).pipe(
  z
    .record(z.string(), z.string({ error: 'scopes must be texts such as "read write"' }), {
      error: RESOURCES_EXAMPLE,
    })
    .refine((value) => Object.keys(value).every((name) => URL.canParse(name) && !name.includes('#')), {
      error: 'names must be absolute URIs without a fragment (RFC 8707 §2)',
    }),
);
const LEVELS_EXAMPLE =
  'must be JSON, such as {"read": "read", "write": "read write", "admin": "read write admin"}';
const scopeNames = z
  .string({ error: LEVELS_EXAMPLE })
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
    error: 'must name scopes separated by single spaces',
  });
const levelScopes = jsonText(LEVELS_EXAMPLE).pipe(
  z.strictObject({ read: scopeNames, write: scopeNames, admin: scopeNames }, { error: LEVELS_EXAMPLE }),
);
const headerName = text
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'must be the name of a header' })
  .toLowerCase();

const smtpServer = z.string().transform((value, context): SmtpServer => {
  const server = parseSmtpUrl(value.trim());
  if (server) return server;
  const example =
    'smtp://USER:PASSWORD@mail.example.com or smtps://mail.example.com (%-escaped where needed)';
  context.addIssue({ code: 'custom', message: `must be like ${example}` });
  return z.NEVER;
});
const mailbox = z.string().transform((value, context): Mailbox => {
  const box = parseMailbox(value);
  if (box) return box;
  context.addIssue({ code: 'custom', message: 'must be one address, such as Hoster <info@example.com>' });
  return z.NEVER;
});
const countries = list
  .transform((values) => values.map((value) => value.toUpperCase()))
  .refine((values) => values.length > 0 && values.every((value) => /^[A-Z]{2}$/.test(value)), {
    error: 'must be country codes such as CZ,SK',
  });
const bearerToken = text.regex(/^[\x21-\x7e]+$/, { error: 'must be printable ASCII without spaces' });
const smsFields = z
  .string()
  .regex(/^[\w.-]{1,64}\s*,\s*[\w.-]{1,64}$/, {
    error: 'must be two field names, for the number and the text, such as to,text',
  })
  .transform((value) => {
    const [to = '', body = ''] = value.split(/\s*,\s*/);
    return { to, text: body };
  })
  .refine(({ to, text: body }) => to !== body, { error: 'must be two different names' });

const ROLES_EXAMPLE =
  'must be JSON, such as {"accountant": {"label": {"cs": "Účetní", "en": "Accountant"}, "may": ["customer:read", "customer:write"]}}';
const roleLabel = z.string().trim().min(1).max(40);
const memberRoles = z
  .string()
  .transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: ROLES_EXAMPLE });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .record(
        z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, { error: 'a role is named in small letters' }),
        z.strictObject({
          label: z.strictObject({ cs: roleLabel, en: roleLabel }),
          may: z.array(
            z.enum(
              [
                'members:read',
                'members:write',
                'customer:read',
                'customer:write',
                'contacts:read',
                'contacts:write',
                'support-access:read',
              ],
              { error: 'is no permission that a role can have' },
            ),
          ),
        }),
        { error: ROLES_EXAMPLE },
      )
      .refine((roles) => !['owner', 'manager', 'viewer'].some((name) => Object.hasOwn(roles, name)), {
        error: 'owner, manager and viewer are there already and stay what they are',
      }),
  );

type Row<S extends z.ZodType> = {
  readonly variable: `VRATNY_${string}`;
  readonly schema: S;
  /** The text that holds when the variable is not set; absent means: no value. */
  readonly standard?: string;
  /** Masked when shown, and also read from the file that `<variable>_FILE` names. */
  readonly secret?: true;
  readonly doc: string;
};
const row = <S extends z.ZodType>(
  variable: `VRATNY_${string}`,
  schema: S,
  rest: { standard?: string; secret?: true; doc: string },
): Row<S> => ({ variable, schema, ...rest });

// prettier-ignore
export const options = {
  issuer:           row('VRATNY_ISSUER',             issuer,                      { doc: 'Public address of the provider, the `iss` of every token. Required in production, and https there unless on loopback. Without it: `http://localhost:<port>`.' }),
  host:             row('VRATNY_HOST',               text,                        { standard: '127.0.0.1', doc: 'Address to listen on, or the path of a unix socket. Behind a reverse proxy on the same machine leave it; in a container use `0.0.0.0` or `::`.' }),
  port:             row('VRATNY_PORT',               integer(1, 65_535),          { standard: '3000', doc: 'Port to listen on.' }),
  hostAliases:      row('VRATNY_HOST_ALIASES',       list,                        { standard: '', doc: 'Further `Host` values to answer to (`name` or `name:port`), as for health checks of a load balancer. Every link and every metadata URL is built from the issuer all the same.' }),
  storage:          row('VRATNY_STORAGE',            storage,                     { standard: 'sqlite:./data/vratny.sqlite', secret: true, doc: '`sqlite:PATH` (one node) or `mongodb://HOST/DATABASE` (any number of nodes). Required in production.' }),
  secrets:          row('VRATNY_SECRET',             secretList,                  { secret: true, doc: 'Secret of at least 32 characters from which the keys for sealing, peppering and form tokens are derived. Several, separated by commas or line ends: the first one seals, the others still open. Required in production; else one is made and kept beside the data.' }),
  trustedProxies:   row('VRATNY_TRUSTED_PROXIES',    trustedProxies,              { standard: '', doc: 'Addresses or CIDR ranges of your reverse proxies; `unix` trusts a unix socket. Only they may tell the client’s address. Empty: the peer is the client.' }),
  proxyHeader:      row('VRATNY_PROXY_HEADER',       headerName,                  { standard: 'x-forwarded-for', doc: 'The one header in which the trusted proxies pass the client’s address: `x-forwarded-for`, `forwarded`, or a header with a single address.' }),
  proxyMaxHops:     row('VRATNY_PROXY_MAX_HOPS',     integer(1, 20),              { standard: '5', doc: 'Most proxies in a row; a longer chain makes the address unknown.' }),
  proxyPorts:       row('VRATNY_PROXY_PORTS',        flag,                        { standard: 'false', doc: 'Whether the proxies write ports behind addresses (`192.0.2.7:443`).' }),
  addressListMax:   row('VRATNY_ADDRESS_LIST_MAX',   integer(1, 100),             { standard: '20', doc: 'Most entries in a person’s list of addresses from which the second factor is not asked.' }),
  addressListV4:    row('VRATNY_ADDRESS_LIST_MIN_V4', integer(8, 32),             { standard: '16', doc: 'Shortest prefix of an IPv4 range in such a list: `16` takes /16 to /32.' }),
  addressListV6:    row('VRATNY_ADDRESS_LIST_MIN_V6', integer(32, 128),           { standard: '48', doc: 'Shortest prefix of an IPv6 range in such a list.' }),
  addressListNever: row('VRATNY_ADDRESS_LIST_NEVER', ranges,                      { standard: '', doc: 'Ranges that no such list may touch: your own shared web servers and NAT addresses, from which any tenant would skip the second factor of who lists them. The trusted proxies are among them anyway.' }),
  addressListPrivate: row('VRATNY_ADDRESS_LIST_PRIVATE', flag,                    { standard: 'false', doc: 'Whether such lists may hold private ranges (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7): for intranets only.' }),
  clientsFile:      row('VRATNY_CLIENTS_FILE',       text,                        { doc: 'JSON file with an array of clients (RFC 7591 field names) that are kept as code: read at start, read-only in the console and on the command line.' }),
  resources:        row('VRATNY_RESOURCES',          resources,                   { standard: '{}', doc: 'Resource servers and their scopes (RFC 8707), as JSON: `{"https://api.example.com": "read write"}`. Access tokens for them are JWTs (RFC 9068).' }),
  clientRegistration: row('VRATNY_CLIENT_REGISTRATION', jsonText(REGISTRATION_EXAMPLE).pipe(registrationPolicies), { standard: '{}', doc: 'Policies by which clients may register themselves (RFC 7591), as JSON by name: `hosts` that redirect URIs and links may be at, `schemes`, `grant_types`, `auth_methods`, `scope`, `access_token_life`, `refresh_token_life`. Empty: nobody can. Initial access tokens are made by operators.' }),
  apiTokenScopes:   row('VRATNY_API_TOKEN_SCOPES',   levelScopes,                 { standard: '{"read": "read", "write": "read write", "admin": "read write admin"}', doc: 'Scopes that the three levels of API tokens stand for, as JSON: what a resource server reads in `scope` when it asks about one.' }),
  apiTokenMax:      row('VRATNY_API_TOKEN_MAX',      integer(1, 1000),            { standard: '20', doc: 'Most API tokens of one person.' }),
  brandName:        row('VRATNY_BRAND_NAME',         text.max(60, { error: 'must be at most 60 characters' }), { standard: 'Vrátný', doc: 'Name on every page and mail.' }),
  brandLogo:        row('VRATNY_BRAND_LOGO',         text,                        { doc: 'Logo file (svg, png, webp or jpeg), shown instead of the name’s own mark.' }),
  brandAccent:      row('VRATNY_BRAND_ACCENT',       colour,                      { standard: '#1f6f5c', doc: 'Accent colour of the pages; its shades are computed so that texts stay readable. A client may set its own.' }),
  homeUrl:          row('VRATNY_HOME_URL',           webUrl,                      { doc: 'Where the brand leads: the hoster’s own site or panel.' }),
  supportUrl:       row('VRATNY_SUPPORT_URL',        webUrl,                      { doc: 'Help page linked from errors.' }),
  locale:           row('VRATNY_LOCALE',             oneOf(['cs', 'en']),         { standard: 'en', doc: 'Language for people whose browser asks for none that we speak, and of letters to accounts that have none.' }),
  hashProfile:      row('VRATNY_HASH_PROFILE',       oneOf(['argon2id', 'pbkdf2-sha512', 'legacy']), { standard: 'argon2id', doc: 'How new passwords are hashed: `argon2id`, `pbkdf2-sha512` (FIPS) or `legacy` (PBKDF2-HMAC-SHA1, 10 000 rounds). Any is verified, and rehashed at the next sign-in.' }),
  hashWorkers:      row('VRATNY_HASH_WORKERS',       integer(1, 64),              { standard: '2', doc: 'Threads that hash passwords; each uses 19 MiB while at it.' }),
  hashQueue:        row('VRATNY_HASH_QUEUE',         integer(1, 100_000),         { standard: '500', doc: 'Sign-ins that may wait for a hash; more are asked to come back.' }),
  passwordMin:      row('VRATNY_PASSWORD_MIN',       integer(8, 64),              { standard: '12', doc: 'Shortest password, in characters.' }),
  passwordMax:      row('VRATNY_PASSWORD_MAX',       integer(64, 256),            { standard: '128', doc: 'Longest password, in characters.' }),
  passwordProfile:  row('VRATNY_PASSWORD_PROFILE',   oneOf(['standard', 'nist']), { standard: 'standard', doc: 'How long a password must be: `standard` goes by `VRATNY_PASSWORD_MIN`; `nist` (SP 800-63B-4) asks for 15 characters, or more if that says so, and for 8 where the authenticator app is on.' }),
  breachUrl:        row('VRATNY_BREACH_URL',         webUrl,                      { doc: 'Range API of a list of breached passwords, such as `https://api.pwnedpasswords.com/range/` or a mirror of your own: asked when a password is set, with the first five digits of its SHA-1 and padding. Plain http only to loopback and private addresses. When it does not answer within a second, the password is taken and the log says so. Without it (and without a file) no such list is asked.' }),
  breachFile:       row('VRATNY_BREACH_FILE',        text,                        { doc: 'The same list as a local file of lines `<SHA-1>:<count>`, sorted by hash. It may be as large as it is: a look-up reads a few lines of it.' }),
  accessTokenLife:  row('VRATNY_ACCESS_TOKEN_LIFE',  duration('1s', '14d'),       { standard: '1h', doc: 'How long an access token or ID token is valid.' }),
  clientTokenLife:  row('VRATNY_CLIENT_TOKEN_LIFE',  duration('1s', '14d'),       { standard: '10m', doc: 'How long a client-credentials token is valid, unless it is for a resource server.' }),
  refreshTokenLife: row('VRATNY_REFRESH_TOKEN_LIFE', duration('1s', '3650d'),     { standard: '14d', doc: 'How long a refresh token is valid after its last use.' }),
  refreshTokenMax:  row('VRATNY_REFRESH_TOKEN_MAX',  duration('1s', '3650d'),     { standard: '180d', doc: 'How long refreshing may go on after one sign-in.' }),
  sessionLife:      row('VRATNY_SESSION_LIFE',       duration('1s', '3650d'),     { standard: '14d', doc: 'How long a session lasts after its last use.' }),
  sessionMax:       row('VRATNY_SESSION_MAX',        duration('1s', '3650d'),     { standard: '30d', doc: 'How long a session may last after its sign-in, however much it is used.' }),
  interactionLife:  row('VRATNY_INTERACTION_LIFE',   duration('1s', '1d'),        { standard: '1h', doc: 'How long a person may take to sign in.' }),
  keyOverlap:       row('VRATNY_KEY_OVERLAP',        duration('0s', '90d'),       { standard: '24h', doc: 'How long a new signing key is published before it signs.' }),
  upstreamsFile:    row('VRATNY_UPSTREAMS_FILE',     text,                        { doc: 'JSON file with an array of identity providers that people may sign in with, as docs/operations.md tells. Read at start.' }),
  mojeidClientId:   row('VRATNY_MOJEID_CLIENT_ID',   text,                        { doc: 'Our client id at MojeID. With it and the secret people may sign in with MojeID; what else there is to set goes into the file of upstreams.' }),
  mojeidClientSecret: row('VRATNY_MOJEID_CLIENT_SECRET', text,                    { secret: true, doc: 'The secret of that client.' }),
  mojeidIssuer:     row('VRATNY_MOJEID_ISSUER',      webUrl,                      { standard: 'https://mojeid.cz/oidc/', doc: 'Issuer of MojeID, with its final slash. The test instance is `https://mojeid.regtest.nic.cz/oidc/`.' }),
  mojeidAuthMethod: row('VRATNY_MOJEID_AUTH_METHOD', oneOf(['client_secret_basic', 'client_secret_post', 'client_secret_jwt']), { standard: 'client_secret_basic', doc: 'How that client proves its secret, exactly as it is registered at MojeID.' }),
  mojeidLevels:     row('VRATNY_MOJEID_LEVELS_ENOUGH', list,                      { standard: '', doc: 'Levels of a sign-in with MojeID (`acr`) after which no second factor is asked, such as `http://eidas.europa.eu/LoA/high`. Empty: none.' }),
  mojeidCompare:    row('VRATNY_MOJEID_COMPARE',     flag,                        { standard: 'false', doc: 'Whether people are asked at sign-in, too, and not only when they link it, which data are right where MojeID says something new of them.' }),
  mojeidLogo:       row('VRATNY_MOJEID_LOGO',        text,                        { doc: 'Logo file (svg, png, webp or jpeg) for the button of MojeID, as its rules have it. Without one the button has a mark of our own.' }),
  fetchAllow:       row('VRATNY_FETCH_ALLOW',        ranges,                      { standard: '', doc: 'Private ranges that outgoing requests (a client’s `jwks_uri`) may go to. Empty: public addresses only.' }),
  historyLife:      row('VRATNY_HISTORY_LIFE',       duration('30d', '3650d'),    { standard: '395d', doc: 'How long entries of the login history are kept, and how long browsers and networks that an account has signed in from count as known: 13 months.' }),
  auditLife:        row('VRATNY_AUDIT_LIFE',         duration('30d', '3650d'),    { standard: '730d', doc: 'How long entries of the audit log are kept: two years. What is older goes from its beginning; `audit verify` still proves the rest.' }),
  geoipFiles:       row('VRATNY_GEOIP_FILES',        list,                        { standard: '', doc: 'Local MaxMind DB files (`.mmdb`, such as GeoLite2-ASN and GeoLite2-Country) that name the network and the country of an address in login mails and in the history. Read at start. Empty: addresses only.' }),
  smtpServer:       row('VRATNY_SMTP_URL',           smtpServer,                  { secret: true, doc: 'Mail server: `smtp://USER:PASSWORD@HOST:PORT` (587 and STARTTLS unless you say otherwise) or `smtps://…` (465). Without encryption nothing is sent, but on loopback or with `?requireTLS=false`. Without the setting mails are kept as failed and only named in the log.' }),
  mailFrom:         row('VRATNY_MAIL_FROM',          mailbox,                     { doc: 'Sender of mails about the account, the company’s own address: `Hoster <info@example.com>`. Without it `info@` the host of the issuer, named as the brand.' }),
  mailFromSecurity: row('VRATNY_MAIL_FROM_SECURITY', mailbox,                     { doc: 'Sender of security mails, which nobody answers. Without it `no-reply@` the host of the issuer, named as the brand.' }),
  smsUrl:           row('VRATNY_SMS_URL',            webUrl,                      { secret: true, doc: 'SMS gateway: each text message is a POST to this address, and any 2xx answer means that it was taken. Plain http only to loopback and private addresses. Without the setting text messages are kept as failed.' }),
  smsToken:         row('VRATNY_SMS_TOKEN',          bearerToken,                 { secret: true, doc: 'Bearer token for the SMS gateway.' }),
  smsFormat:        row('VRATNY_SMS_FORMAT',         oneOf(['json', 'form']),     { standard: 'json', doc: 'How the number and the text are written into the request: `json` or `form`.' }),
  smsFields:        row('VRATNY_SMS_FIELDS',         smsFields,                   { standard: 'to,text', doc: 'What the SMS gateway calls the number (E.164) and the text.' }),
  smsHour:          row('VRATNY_SMS_LIMIT_HOUR',     integer(1, 5000),            { standard: '200', doc: 'How many codes go out by text message within an hour, to all numbers together and over all nodes. Strangers who have messages sent to numbers that earn them money cost no more than that; above it people are asked to wait, and the log says so.' }),
  smsDay:           row('VRATNY_SMS_LIMIT_DAY',      integer(1, 5000),            { standard: '1000', doc: 'The same within 24 hours.' }),
  migrationUrl:     row('VRATNY_MIGRATION_URL',      webUrl,                      { secret: true, doc: 'Hook of an old system: at a sign-in with a name that is unknown here it gets a POST with `{"login", "password"}` as JSON, and answers 200 with the account in the fields of `account import`, or 401 or 404. Https, or plain http to loopback and private addresses; 2 s. While it is set, failed sign-ins take 2.5 s.' }),
  migrationToken:   row('VRATNY_MIGRATION_TOKEN',    bearerToken,                 { secret: true, doc: 'Bearer token for that hook.' }),
  supportEmail:     row('VRATNY_SUPPORT_EMAIL',      mailbox,                     { doc: 'Where requests of people who have lost every way in are mailed: `support@example.com`. Without it they are only stored: `support list` shows them.' }),
  resetSameBrowser: row('VRATNY_RESET_SAME_BROWSER', flag,                        { standard: 'true', doc: 'Whether the link for a forgotten password works only in the browser in which it was asked for. `false` lets it be opened anywhere, so that a stolen mailbox alone is enough.' }),
  totpRemovalApproval: row('VRATNY_TOTP_REMOVAL_APPROVAL', flag,               { standard: 'true', doc: 'Whether a second operator must approve when support takes the authenticator app off an account. Without it, `VRATNY_TOTP_REMOVAL_WAIT` must be an hour or more.' }),
  totpRemovalWait:  row('VRATNY_TOTP_REMOVAL_WAIT',  duration('0s', '7d'),        { standard: '24h', doc: 'How long it waits then, while the person can stop it by the link in a mail and a text message. As long, and at least an hour, an e-mail address or phone number that staff or a program has set or verified takes no authenticator app off.' }),
  registration:     row('VRATNY_REGISTRATION',       flag,                        { standard: 'true', doc: 'Whether people may register themselves at `/register`. It needs an SMS gateway.' }),
  firstPassword:    row('VRATNY_FIRST_PASSWORD',     oneOf(['form', 'link']),     { standard: 'form', doc: 'How who registers gets the first password: typed into the form (`form`), or set by a link that is mailed once the account is active (`link`).' }),
  phoneCountries:   row('VRATNY_PHONE_COUNTRIES',    countries,                   { standard: 'CZ,SK', doc: 'Countries (ISO 3166-1) whose mobile numbers are taken, at registration and on the account pages; a number without a prefix belongs to the first. Fixed lines and premium numbers never are.' }),
  termsUrl:         row('VRATNY_TERMS_URL',          webUrl,                      { doc: 'Terms of service that who registers has to agree to. Without it nothing is asked.' }),
  termsVersion:     row('VRATNY_TERMS_VERSION',      text.max(40, { error: 'must be at most 40 characters' }), { standard: '1', doc: 'Version of the terms, kept with the account together with the time of the consent.' }),
  privacyUrl:       row('VRATNY_PRIVACY_URL',        webUrl,                      { doc: 'Privacy policy that who registers has to take note of. Without it nothing is asked.' }),
  privacyVersion:   row('VRATNY_PRIVACY_VERSION',    text.max(40, { error: 'must be at most 40 characters' }), { standard: '1', doc: 'Version of the privacy policy, kept likewise.' }),
  memberRoles:      row('VRATNY_MEMBER_ROLES',       memberRoles,                 { standard: '{}', doc: 'Roles that members of a customer may have besides owner, manager and viewer, as JSON: `{"accountant": {"label": {"cs": "Účetní", "en": "Accountant"}, "may": ["customer:read", "customer:write"]}}`. What can be allowed is listed in docs/operations.md. Applications get the name in `customer_role`.' }),
  closedData:       row('VRATNY_CLOSED_DATA',        oneOf(['keep', 'erase']),    { standard: 'keep', doc: 'What is done with the personal data of a customer and of its last account when it is closed: kept with the account, which nobody can sign in to, or erased.' }),
  closedNames:      row('VRATNY_CLOSED_NAMES',       duration('0s', '3650d'),     { standard: '365d', doc: 'How long the login name and the address of an erased account cannot be taken by anybody. While data are kept, so are they.' }),
  powMaxNumber:     row('VRATNY_POW_MAX_NUMBER',     integer(1000, 10_000_000),   { standard: '50000', doc: 'Most hashes that the proof of work of a form takes; half of them on average. At the standard a phone is busy for about a second.' }),
  logLevel:         row('VRATNY_LOG_LEVEL',          oneOf(['debug', 'info', 'warn', 'error', 'silent']), { standard: 'info', doc: 'Least important level that is logged.' }),
  drainTime:        row('VRATNY_DRAIN_TIME',         duration('0s', '1h'),        { standard: '20s', doc: 'How long requests in flight may take after SIGTERM.' }),
  demo:             row('VRATNY_DEMO',               flag,                        { doc: 'Run the demo: a sample relying party, a page of sent messages, a simulated MojeID, and demo accounts. On when nothing but `VRATNY_PORT`, `VRATNY_DEMO_PORT`, `VRATNY_DEMO_MOJEID_PORT` or `VRATNY_LOG_LEVEL` is set; refused in production.' }),
  metricsPort:      row('VRATNY_METRICS_PORT',       integer(1, 65_535),          { doc: 'Port on 127.0.0.1 where Prometheus may read `/metrics`. Without it there are none.' }),
  demoPort:         row('VRATNY_DEMO_PORT',          integer(1, 65_535),          { standard: '3001', doc: 'Port of the demo’s sample relying party.' }),
  demoMojeidPort:   row('VRATNY_DEMO_MOJEID_PORT',   integer(1, 65_535),          { standard: '3002', doc: 'Port of the demo’s simulated MojeID. It runs unless upstreams are configured.' }),
} as const satisfies Record<string, Row<z.ZodType>>;

type Options = typeof options;
type OptionName = keyof Options;
/** Options that have no value unless set (or filled in by the loader). */
type Optional = { [K in OptionName]: Options[K] extends Row<z.ZodType> ? K : never }[OptionName] &
  (
    | 'clientsFile'
    | 'upstreamsFile'
    | 'mojeidClientId'
    | 'mojeidClientSecret'
    | 'brandLogo'
    | 'homeUrl'
    | 'supportUrl'
    | 'supportEmail'
    | 'migrationUrl'
    | 'migrationToken'
    | 'smtpServer'
    | 'termsUrl'
    | 'privacyUrl'
    | 'mailFrom'
    | 'mailFromSecurity'
    | 'smsUrl'
    | 'breachUrl'
    | 'breachFile'
    | 'smsToken'
    | 'metricsPort'
  );

/** Where a value came from: the variable, the file named by it, or the standard. */
export type Source = 'variable' | 'file' | 'standard' | 'made';
/** An option as it is in force; the value of a secret one is masked. */
export type Described = { readonly variable: string; readonly value: string; readonly source: Source };

/** The configuration in force. `issuer`, `secrets` and `demo` are always filled in by the loader. */
export type Config = { readonly [K in Exclude<OptionName, Optional>]: z.output<Options[K]['schema']> } & {
  readonly [K in Optional]: z.output<Options[K]['schema']> | undefined;
} & { readonly production: boolean; readonly described: readonly Described[] };
