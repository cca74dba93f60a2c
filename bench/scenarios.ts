// What clients do to a server, a scenario each: the same requests for both servers, in front of whatever page they
// show.

import { createHash, randomBytes } from 'node:crypto';
import { headerValues, type Answer, type Connection, type Operation, type Request } from './load.ts';
import { client, PASSWORD, personEmail } from './subject.ts';

/** Prepares what one connection repeats. */
export type Scenario = {
  readonly name: string;
  readonly prepare: (connection: Connection, index: number) => Promise<Operation>;
};

type Tokens = { readonly access_token: string; readonly refresh_token: string };

const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`;
const MOST_HOPS = 10;

const tokenRequest = (form: Record<string, string>): Request => ({
  path: '/token',
  headers: { Authorization: authorization },
  form,
});

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer;
  throw new Error(`expected ${status}, got ${answer.head}\n\n${answer.body.slice(0, 1000)}`);
}

const repeatRequest =
  (connection: Connection, request: Request): Operation =>
  async () => {
    expectStatus(await connection.send(request), 200);
  };

/** A value of its own for each use: a network, a browser, a state. */
let uses = 0;
const nextUse = (): number => (uses += 1);

/**
 * A whole sign-in by authorization code and PKCE in a new browser from a new address: to the login page where there
 * is one, through its form, back with the code, and to the tokens.
 */
async function signIn(connection: Connection, person: number): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const cookies = new Map<string, string>();
  const use = nextUse();
  const address = `10.${(use >> 16) & 255}.${(use >> 8) & 255}.${use & 255}`;
  const browse = async (path: string, form?: Record<string, string>): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { Accept: 'text/html', 'X-Forwarded-For': address, ...(cookie && { Cookie: cookie }) };
    const answer = await connection.send({ path, headers, ...(form && { form }) });
    keepCookies(cookies, answer);
    return answer;
  };

  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: client.redirect_uri,
    response_type: 'code',
    scope: client.scope,
    state: String(use),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let answer = await browse(`/authorize?${parameters}`);
  for (let hops = 0; hops < MOST_HOPS; hops += 1) {
    if (answer.status === 200) {
      answer = await browse(...filledForm(answer.body, person));
      continue;
    }
    const to = new URL(headerValues(answer, 'location')[0] ?? '', 'http://localhost');
    if (`${to.origin}${to.pathname}` === client.redirect_uri) {
      const code = to.searchParams.get('code');
      if (code === null) throw new Error(`no code but ${to.search}`);
      return redeem(connection, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: client.redirect_uri,
        code_verifier: verifier,
      });
    }
    answer = await browse(`${to.pathname}${to.search}`);
  }
  throw new Error(`the sign-in goes round in circles: ${answer.head}`);
}

async function redeem(connection: Connection, form: Record<string, string>): Promise<Tokens> {
  return JSON.parse(expectStatus(await connection.send(tokenRequest(form)), 200).body) as Tokens;
}

function keepCookies(cookies: Map<string, string>, answer: Answer): void {
  for (const line of headerValues(answer, 'set-cookie')) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
}

function filledForm(html: string, person: number): [path: string, form: Record<string, string>] {
  const action = /<form [^>]*action="([^"]*)"/.exec(html)?.[1];
  const csrf = /name="csrf" value="([^"]*)"/.exec(html)?.[1];
  if (action === undefined || csrf === undefined) throw new Error(`no login form: ${html.slice(0, 2000)}`);
  return [action, { csrf, login: personEmail(person), password: PASSWORD }];
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'discovery',
    prepare: async (connection) => repeatRequest(connection, { path: '/.well-known/openid-configuration' }),
  },
  { name: 'jwks', prepare: async (connection) => repeatRequest(connection, { path: '/jwks' }) },
  {
    name: 'client credentials',
    prepare: async (connection) =>
      repeatRequest(connection, tokenRequest({ grant_type: 'client_credentials' })),
  },
  {
    name: 'introspection',
    async prepare(connection, index) {
      const { access_token: token } = await signIn(connection, index);
      const headers = { Authorization: authorization };
      return repeatRequest(connection, { path: '/token/introspection', headers, form: { token } });
    },
  },
  {
    name: 'userinfo',
    async prepare(connection, index) {
      const { access_token: token } = await signIn(connection, index);
      return repeatRequest(connection, { path: '/userinfo', headers: { Authorization: `Bearer ${token}` } });
    },
  },
  {
    name: 'refresh',
    async prepare(connection, index) {
      let tokens = await signIn(connection, index);
      return async () => {
        tokens = await redeem(connection, {
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token,
        });
      };
    },
  },
  {
    name: 'sign-in',
    prepare: async (connection, index) => async () => {
      await signIn(connection, index);
    },
  },
];
