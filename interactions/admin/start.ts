// Where the console begins: the first section that the operator may see, and the way to a fresh sign-in.

import { ownPath } from '../../src/http/filters.ts';
import type { ConsoleVisit } from './frame.ts';
import { sections } from './sections.ts';

/** GET /admin and GET /admin/prove */
export const createStartPages = () => ({
  home(visit: ConsoleVisit): void {
    const first = sections.find(({ permission }) => visit.may(permission));
    if (first) return visit.goTo(first.path);
    return visit.show('admin/forbidden.njk', { permission: '' }, { status: 403 });
  },

  /** For who proves themselves by a passkey: they sign in once more and come back. */
  prove(visit: ConsoleVisit): void {
    const to = ownPath(visit.query.get('to') ?? '');
    visit.signInAgain(to.startsWith('/admin/') ? to : '/admin');
  },
});
