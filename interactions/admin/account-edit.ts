// Changing a person's data in the console: the profile, and the e-mail address by a link that is mailed there. Each is a
// dangerous act: it asks for a reason and a fresh proof, and the person hears of what signs them in or reaches them.

import { displayName, NameTaken, type Account } from '../../src/domain/accounts/accounts.ts';
import { personFields, personLimits, profileTyped } from '../../src/domain/accounts/account-records.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { ProfileChange } from '../../src/domain/operators/account-profile.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { seenVersion, type DangerousAct, type FieldProblems } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/accounts';

/** The fields of the form, in their order. */
const fields = ['name', 'givenName', 'familyName', 'login', 'phone', 'locale'] as const;
type Field = (typeof fields)[number];

const textOf = (doc: Account, field: Field): string => doc[field] ?? '';
/** The same as the form shows it: what comes back is read without its spaces. */
const shownText = (doc: Account, field: Field): string =>
  field === 'phone' ? shownPhone(textOf(doc, field)) : textOf(doc, field);

/** The two acts; `target` names the account on their pages. */
export function createAccountEdit({
  acts,
  target,
}: {
  acts: Acts;
  target: DangerousAct['target'];
}): DangerousAct[] {
  const { accounts } = acts;

  const formOf = async (visit: ConsoleVisit, problems: FieldProblems, id: string) => {
    const account = await accounts.requireAccount(id);
    const isSent = visit.req.method === 'POST';
    return {
      template: 'admin/account-edit.njk' as const,
      props: {
        version: isSent ? (visit.form['version'] ?? '') : String(account.version),
        fields: fields.map((key) => ({
          key,
          value: isSent ? (visit.form[key] ?? '') : shownText(account.doc, key),
          problem: problems[key]?.key ?? '',
          longest: key === 'login' || key === 'phone' ? personLimits[key] : personLimits.name,
        })),
      },
    };
  };

  return [
    {
      key: 'edit_account',
      path: `${PATH}/:id/edit`,
      permission: 'accounts:write',
      target,
      form: formOf,
      async act(visit, _reason, id) {
        const { doc } = await accounts.requireAccount(id);
        const texts = fields.map((key) => [key, (visit.form[key] ?? '').trim()] as const);
        const given = profileTyped.safeParse(
          Object.fromEntries(texts.map(([key, text]) => [key, text === '' ? undefined : text])),
        );
        if (!given.success) {
          const wrong = given.error.issues.map(({ path: [key] }) => [key, { key: String(key), value: '' }]);
          return { kind: 'refused', problem: 'fields', fields: Object.fromEntries(wrong) as FieldProblems };
        }
        const changed = fields.filter((key) => (given.data[key] ?? '') !== textOf(doc, key));
        if (changed.length === 0) return { kind: 'refused', problem: 'nothing_changed' };
        const change = Object.fromEntries(changed.map((key) => [key, given.data[key]])) as ProfileChange;
        try {
          await accounts.change(visit.by, id, change, seenVersion(visit));
        } catch (error) {
          const refusal = loginProblem(error);
          if (!refusal) throw error;
          return { kind: 'refused', problem: 'fields', fields: { login: { key: refusal, value: '' } } };
        }
        return { kind: 'done', to: `${PATH}/${id}`, notice: 'account_changed' };
      },
    },
    {
      key: 'change_email',
      path: `${PATH}/:id/email`,
      permission: 'accounts:write',
      target,
      async form(visit, problems, id) {
        const { doc } = await accounts.requireAccount(id);
        return {
          template: 'admin/account-email.njk',
          props: {
            present: doc.email,
            email: { value: visit.form['email'] ?? '', problem: problems['email']?.key ?? '' },
            who: displayName(doc),
          },
        };
      },
      async act(visit, reason, id) {
        const given = personFields.email.safeParse(visit.form['email'] ?? '');
        const wrong = {
          kind: 'refused',
          problem: 'fields',
          fields: { email: { key: 'email', value: '' } },
        } as const;
        if (!given.success) return wrong;
        try {
          await accounts.changeEmail(visit.by, id, given.data, reason);
        } catch (error) {
          if (error instanceof AppError && error.code === 'bad_request') return wrong;
          throw error;
        }
        return { kind: 'done', to: `${PATH}/${id}`, notice: 'email_asked' };
      },
    },
  ];
}

/** What is wrong with a login name, by what was thrown; `undefined`: it was something else. */
function loginProblem(error: unknown): 'login' | 'login_taken' | undefined {
  if (error instanceof NameTaken) return 'login_taken';
  return error instanceof AppError && error.code === 'bad_request' ? 'login' : undefined;
}
