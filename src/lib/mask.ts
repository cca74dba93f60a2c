// Addresses and numbers shown so that their owner knows them again and nobody else learns them.

const HIDDEN = '•••';

/** `j•••@e•••.cz` of `jana@example.cz`: the first letters and the top-level domain. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  const [first = ''] = local;
  const [firstOfDomain = ''] = domain;
  const dot = domain.lastIndexOf('.');
  return `${first}${HIDDEN}@${firstOfDomain}${HIDDEN}${dot > 0 ? domain.slice(dot) : ''}`;
}

/**
 * `+420 ••• ••• 123` of `+420601234123`: the last three digits, and the country where we know how long its code is
 * (E.164 does not tell). Its spaces do not break.
 */
export function maskPhone(phone: string): string {
  const country = /^\+42[01]/.test(phone) ? `${phone.slice(0, 4)}\u00a0` : '+';
  return `${country}${HIDDEN}\u00a0${HIDDEN}\u00a0${phone.slice(-3)}`;
}
