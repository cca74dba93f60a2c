// The one place that moves a sign-in on: load it, gather facts, ask the policy, show the step or finish.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts } from '../src/domain/accounts/accounts.ts';
import type { SignIns } from '../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../src/http/cookies.ts';
import type { Csrf } from '../src/http/csrf.ts';
import { readForm, type Form } from '../src/http/form.ts';
import type { Pages } from '../src/http/pages.ts';
import { factsOf } from '../src/http/request-facts.ts';
import { redirect } from '../src/http/redirect.ts';
import { AppError } from '../src/lib/app-error.ts';
import { faceOf } from '../src/oidc/client-face.ts';
import type { Interactions, SignInRequest } from '../src/oidc/interactions.ts';
import type { AccountFactsOf } from './account-facts.ts';
import { gatherFacts, type Facts, type WaitingFacts } from './facts.ts';
import type { DeparturePage } from './departure.ts';
import type { Finish } from './finish.ts';
import { inOrder, nextStage, pipelines, type Stage } from './pipeline.ts';
import type { Outcome, Step, StepId, Visit } from './step.ts';

export type Steps = Readonly<Record<StepId, Step>>;

type Situation = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly browserId: string;
  readonly request: SignInRequest;
  readonly facts: Facts;
  readonly stage: Stage | undefined;
};

/** Handles `/interaction/:uid` and `/interaction/:uid/:step`. */
export function createDispatch(parts: {
  steps: Steps;
  interactions: Interactions;
  signIns: SignIns;
  finish: Finish;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  accountFacts: AccountFactsOf;
  accounts: Accounts;
  /** What waits in a sign-in of this browser of what an upstream has said. */
  waitingFacts: (browserId: string, uid: string) => Promise<WaitingFacts>;
  depart: DeparturePage;
}) {
  const {
    steps,
    interactions,
    signIns,
    finish,
    pages,
    cookies,
    csrf,
    accountFacts,
    accounts,
    waitingFacts,
    depart,
  } = parts;

  async function situation(req: IncomingMessage, res: ServerResponse, uid: string): Promise<Situation> {
    const browserId = cookies.browserId(req, res);
    const request = await interactions.load(req, res, uid);
    const signIn = await signIns.open(uid, browserId, {
      clientId: request.client.client_id,
      params: { ...request.params },
    });
    const origin = { uid, ...originOf(req), browserId, openMarks: cookies.openMarks(req) };
    const facts = await gatherFacts(
      request,
      signIn.doc,
      (accountId, proofs) => accountFacts(accountId, proofs, origin),
      await waitingFacts(browserId, uid),
    );
    return { req, res, browserId, request, facts, stage: nextStage(pipelines[request.prompt], facts) };
  }

  /** On to the stage that is due; a step of it, or the end. */
  async function move(now: Situation): Promise<void> {
    const { req, res, request, facts, stage } = now;
    if (request.unmet !== undefined) return interactions.refuse(req, res, request.uid, request.unmet);
    if (stage === undefined) return finish(req, res, request, facts);
    const [first] = await offered(now, stage);
    return redirect(res, `/interaction/${request.uid}/${first ?? stage.anyOf[0]}`);
  }

  function visitOf({ req, browserId, request, facts }: Situation, form: Form): Visit {
    return {
      facts,
      client: request.client,
      uid: request.uid,
      locale: pages.localeOf(req, request.params['ui_locales']),
      ...originOf(req),
      browserId,
      form,
    };
  }

  /** Which steps of a stage this person can take, in the order of the policy. */
  async function offered(now: Situation, stage: Stage): Promise<StepId[]> {
    const visit = visitOf(now, {});
    const can = await Promise.all(
      stage.anyOf.map(async (id) => (await steps[id].isOffered?.(visit)) ?? true),
    );
    return inOrder(
      stage.anyOf.filter((_id, index) => can[index]),
      now.facts,
    );
  }

  /** The other ways to pass the stage, for the page of a step. */
  async function alternativesTo(now: Situation, id: StepId) {
    const ids = now.stage === undefined ? [] : await offered(now, now.stage);
    return ids
      .filter((other) => other !== id)
      .map((other) => ({ id: other, href: `/interaction/${now.request.uid}/${other}` }));
  }

  async function answer(now: Situation, step: Step, outcome: Outcome): Promise<void> {
    const { req, res, browserId, request } = now;
    const base = `/interaction/${request.uid}`;
    switch (outcome.kind) {
      case 'show': {
        const status =
          outcome.retryAfterSeconds === undefined ? (outcome.problem === undefined ? 200 : 422) : 429;
        return pages.send(req, res, {
          template: `steps/${step.id}.njk`,
          status,
          client: faceOf(request.client),
          csrf: csrf.token(browserId, request.uid),
          uiLocales: request.params['ui_locales'],
          retryAfterSeconds: outcome.retryAfterSeconds,
          isAnswer: true,
          whose: whoseIs(now),
          props: {
            action: `${base}/${step.id}`,
            abortAction: `${base}/abort`,
            alternatives: await alternativesTo(now, step.id),
            problem: outcome.problem ?? '',
            retryAfterSeconds: outcome.retryAfterSeconds ?? 0,
            ...outcome.props,
          },
        });
      }
      case 'redirect': {
        const { to, departure } = outcome;
        if (!departure) return redirect(res, to);
        const more = { client: faceOf(request.client), uiLocales: request.params['ui_locales'] };
        return depart(req, res, { ...departure, to }, more);
      }
      case 'refused':
        return interactions.refuse(req, res, request.uid, outcome.error ?? 'access_denied');
      case 'proved': {
        const { kind: _kind, ...proof } = outcome;
        const account = proof.accountId === undefined ? undefined : await accounts.get(proof.accountId);
        await signIns.prove(request.uid, browserId, {
          step: step.id,
          ...defined(proof),
          ...(account ? { credentialVersion: account.doc.credentialVersion } : {}),
        });
        return move(await situation(req, res, request.uid));
      }
      case 'again':
        return move(await situation(req, res, request.uid));
      default:
        return outcome satisfies never;
    }
  }

  return {
    /** Where the sign-in stands: on to the step that is due. */
    async resume(req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> {
      await move(await situation(req, res, uid));
    },

    /** Shows a step, if it is one of the stage that is due; else leads there. */
    async show(req: IncomingMessage, res: ServerResponse, uid: string, id: string): Promise<void> {
      const now = await situation(req, res, uid);
      const step = dueStep(now, id);
      // Even when the sign-in has moved on meanwhile: why nothing was linked is told, and then it goes on.
      if (await pages.sendKept(req, res, whoseIs(now))) return;
      if (!step) return move(now);
      return answer(now, step, await step.start(visitOf(now, {})));
    },

    /** Judges a step's form, if the step is one of the stage that is due; else leads there, and nothing counts. */
    async submit(req: IncomingMessage, res: ServerResponse, uid: string, id: string): Promise<void> {
      const form = await readForm(req);
      const now = await situation(req, res, uid);
      csrf.check(req, now.browserId, uid, form['csrf']);
      const step = dueStep(now, id);
      if (!step) return move(now);
      return answer(now, step, await step.submit(visitOf(now, form)));
    },

    /** The person gives up: back to the client with `access_denied`. */
    async abort(req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> {
      const form = await readForm(req);
      const now = await situation(req, res, uid);
      csrf.check(req, now.browserId, uid, form['csrf']);
      return interactions.refuse(req, res, uid, 'access_denied');
    },
  };

  function dueStep({ stage }: Situation, id: string): Step | undefined {
    if (!Object.hasOwn(steps, id)) throw new AppError('not_found', { detail: 'no such step' });
    return stage?.anyOf.includes(id as StepId) ? steps[id as StepId] : undefined;
  }
}

/** Whose answer to a step's form is kept: another tab may have led the sign-in on to somebody else. */
const whoseIs =
  ({ request, facts }: Situation) =>
  () =>
    `interaction:${request.uid}:${facts.accountId ?? ''}`;

const originOf = (req: IncomingMessage) => ({
  address: factsOf(req).address,
  userAgent: req.headers['user-agent'] ?? '',
});

/** Without the fields that are undefined: documents have none. */
const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export type Dispatch = ReturnType<typeof createDispatch>;
