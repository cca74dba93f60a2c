// What operators' functions need of the options.

import type { Config } from './options.ts';

/** The part of the configuration that they act by; `config.described` is what they are shown of it. */
export const operatorSettingsOf = ({
  keyOverlap,
  totpRemovalApproval,
  totpRemovalWait,
  described,
}: Pick<Config, 'keyOverlap' | 'totpRemovalApproval' | 'totpRemovalWait' | 'described'>) => ({
  keyOverlapSeconds: keyOverlap,
  removals: { needsApproval: totpRemovalApproval, waitSeconds: totpRemovalWait },
  configuration: described,
});
