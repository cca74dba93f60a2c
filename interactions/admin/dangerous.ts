// Dangerous acts of the console: each has a page of its own that says what it does, asks for a reason and, unless the
// operator has proved it in the last five minutes, who they are. Nothing happens before all of that is there.

import type { FreshProofs } from '../../src/domain/operators/fresh-proofs.ts';
import type { Permission } from '../../src/domain/operators/permissions.ts';
import { NotPermitted, WrongState } from '../../src/domain/operators/caller.ts';
import { Stale } from '../../src/ports/store.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { FreshProof, Problem } from '../account/fresh-proof.ts';
import type { FieldProblem } from './client-form.ts';
import type { ConsoleHandler, ConsoleVisit, Crumb } from './frame.ts';

/** What the act is about, as its page shows it. */
export type Target = {
  readonly name: string;
  readonly detail?: string;
  /** Where it is given up. */
  readonly backHref: string;
  readonly trail: readonly Crumb[];
  /** What must be typed to confirm it. */
  readonly typed?: string;
};

/** What came of it: on to a page; a mistake, a locale key under `admin.act.problem`; or the page is answered. */
export type ActOutcome =
  | { readonly kind: 'done'; readonly to: string; readonly notice: string }
  | { readonly kind: 'refused'; readonly problem: string; readonly fields?: FieldProblems }
  | 'answered';

/** What is wrong with single fields of its form, for an act that has one. */
export type FieldProblems = Readonly<Partial<Record<string, FieldProblem>>>;

/** The form of an act that asks for more than a reason: a template, which uses `admin.proof`, and its own props. */
export type ActForm = {
  readonly template: `admin/${string}.njk`;
  readonly props: Readonly<Record<string, unknown>>;
};

export type DangerousAct = {
  /** Its texts are under `admin.act.<key>`. */
  readonly key: string;
  readonly path: string;
  readonly permission: Permission;
  /** What the address names; `undefined` when there is no such thing. */
  readonly target: (visit: ConsoleVisit, first: string, second: string) => Promise<Target | undefined>;
  /** What is shown in the place of the plain page; the fields sent are in the visit. */
  readonly form?: (
    visit: ConsoleVisit,
    problems: FieldProblems,
    first: string,
    second: string,
  ) => Promise<ActForm>;
  readonly act: (visit: ConsoleVisit, reason: string, first: string, second: string) => Promise<ActOutcome>;
};

export const REASON_MIN = 3;
export const REASON_MAX = 500;

/** Makes the two handlers of a dangerous act: the page that asks, and what happens after it. */
export function createDangerous({
  freshProofs,
  freshProof,
}: {
  freshProofs: FreshProofs;
  freshProof: FreshProof;
}) {
  /** What has to be proved on the page: nothing, password and code, or a sign-in with a passkey. */
  async function proofAsked(visit: ConsoleVisit): Promise<'nothing' | 'form' | 'sign_in'> {
    if (await freshProofs.isFresh(visit.account, visit.session)) return 'nothing';
    const { asksPassword, asksCode } = await freshProof.fields(visit);
    return asksPassword && asksCode ? 'form' : 'sign_in';
  }

  /** `undefined` when it is proved. */
  async function judgeProof(visit: ConsoleVisit): Promise<Problem | 'answered' | undefined> {
    const asked = await proofAsked(visit);
    if (asked === 'nothing') return undefined;
    if (asked === 'sign_in') return { problem: 'proof_over' };
    const problem = await freshProof.judge(visit, { path: visit.path, needsCode: true });
    if (problem !== undefined) return problem;
    await freshProofs.remember(visit.account, visit.session);
    return undefined;
  }

  async function ask(
    visit: ConsoleVisit,
    { key, form: formOf }: DangerousAct,
    about: { target: Target; first: string; second: string; fields?: FieldProblems },
    problem?: Problem,
  ): Promise<void> {
    const { target, first, second, fields = {} } = about;
    const form = await formOf?.(visit, fields, first, second);
    visit.show(
      form?.template ?? 'admin/act.njk',
      {
        key,
        action: visit.path,
        name: target.name,
        detail: target.detail ?? '',
        backHref: target.backHref,
        typed: target.typed ?? '',
        reason: visit.form['reason'] ?? '',
        longest: REASON_MAX,
        proof: await proofAsked(visit),
        ...form?.props,
      },
      { ...problem, trail: [...target.trail] },
    );
  }

  const targetOf = async (act: DangerousAct, visit: ConsoleVisit, first: string, second: string) => {
    const target = await act.target(visit, first, second);
    if (!target) throw new AppError('not_found', { detail: `nothing to ${act.key}` });
    return target;
  };

  return (act: DangerousAct): { show: ConsoleHandler; submit: ConsoleHandler } => ({
    show: async (visit, first, second) =>
      ask(visit, act, { target: await targetOf(act, visit, first, second), first, second }),

    async submit(visit, first, second) {
      const target = await targetOf(act, visit, first, second);
      const again = (problem: Problem, fields?: FieldProblems) =>
        ask(visit, act, { target, first, second, ...(fields && { fields }) }, problem);
      // A proof is taken only when nothing else is missing: its code is good once.
      const reason = (visit.form['reason'] ?? '').trim();
      if (reason.length < REASON_MIN) return again({ problem: 'no_reason' });
      if (reason.length > REASON_MAX) return again({ problem: 'long_reason' });
      if (target.typed !== undefined && visit.form['typed']?.trim() !== target.typed)
        return again({ problem: 'not_typed' });
      const problem = await judgeProof(visit);
      if (problem === 'answered') return;
      if (problem) return again(problem);
      // Whatever it does, the audit log has the reason.
      const given = { ...visit, by: { ...visit.by, reason } };
      const outcome = await act.act(given, reason, first, second).catch(refusalOf);
      if (outcome === 'answered') return;
      if (outcome.kind === 'refused') return again({ problem: outcome.problem }, outcome.fields);
      visit.goTo(outcome.to, outcome.notice);
    },
  });
}

export type Dangerous = ReturnType<typeof createDangerous>;

/** The version of what was seen when the form was opened; one that no document has when nobody of ours wrote it. */
export function seenVersion({ form }: Pick<ConsoleVisit, 'form'>): number {
  const typed = form['version'] ?? '';
  return /^\d{1,16}$/.test(typed) ? Number(typed) : -1;
}

/** What the rules refuse as a problem of the page; everything else goes on as it is. */
function refusalOf(error: unknown): ActOutcome {
  if (error instanceof NotPermitted) return { kind: 'refused', problem: 'not_permitted' };
  if (error instanceof Stale) return { kind: 'refused', problem: 'stale' };
  if (error instanceof WrongState) return { kind: 'refused', problem: 'wrong_state' };
  if (error instanceof AppError && error.code === 'too_many_requests')
    return { kind: 'refused', problem: 'too_often' };
  if (error instanceof AppError && error.code === 'bad_request')
    return { kind: 'refused', problem: 'wrong_state' };
  throw error;
}
