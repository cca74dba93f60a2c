// Phone numbers (ITU-T E.164) as pages show them.

/** A Czech or Slovak number in groups, as on paper: `+420 601 234 567`, with spaces that do not break. */
export function shownPhone(phone: string): string {
  const [, country, rest] = /^(\+42[01])([0-9]{9})$/.exec(phone) ?? [];
  return country && rest ? `${country}\u00a0${rest.match(/.{3}/g)!.join('\u00a0')}` : phone;
}
