// How long passwords must be, by the profile of the configuration.

import type { Config } from './options.ts';

/** NIST SP 800-63B-4 §3.1.1.1: 15 characters for a password that is the only factor, 8 for one of two. */
const NIST = { alone: 15, withSecondFactor: 8 } as const;

/** The lengths that the configuration asks for. */
export function passwordPolicyOf(config: Pick<Config, 'passwordProfile' | 'passwordMin' | 'passwordMax'>) {
  const { passwordProfile, passwordMin, passwordMax: maxLength } = config;
  if (passwordProfile === 'standard')
    return { minLength: passwordMin, minLengthWithSecondFactor: passwordMin, maxLength };
  return {
    minLength: Math.max(NIST.alone, passwordMin),
    minLengthWithSecondFactor: NIST.withSecondFactor,
    maxLength,
  };
}
