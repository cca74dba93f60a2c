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

/** As long as removals wait; never none, for here one operator may be at work alone. */
export const staffWaitOf = ({ totpRemovalWait }: Pick<Config, 'totpRemovalWait'>): number =>
  Math.max(totpRemovalWait, 3600);
