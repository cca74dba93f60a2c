// One or more sets of sample props for every page, in each of its states: what the view tests render.

import { accessSamples } from './access-samples.ts';
import { accountProofSamples } from './account-proof-samples.ts';
import { accountSamples } from './account-samples.ts';
import { customerSamples } from './customer-samples.ts';
import { consoleClientSamples } from './console-client-samples.ts';
import { consoleListSamples } from './console-list-samples.ts';
import { consoleQueueSamples } from './console-queue-samples.ts';
import { consoleActSamples } from './console-act-samples.ts';
import { consoleSamples } from './console-samples.ts';
import { apiSamples } from './api-samples.ts';
import { consoleWatchSamples } from './console-watch-samples.ts';
import { demoSamples } from './demo-samples.ts';
import { identitySamples } from './identity-samples.ts';
import { pageSamples } from './page-samples.ts';
import { registerSamples } from './register-samples.ts';
import { ownSamples } from './own-samples.ts';
import type { Sample } from './sample-props.ts';
import { supportAccessSamples } from './support-access-samples.ts';
import { stepSamples } from './step-samples.ts';

export const samples: readonly Sample[] = [
  ...stepSamples,
  ...pageSamples,
  ...registerSamples,
  ...accountSamples,
  ...accountProofSamples,
  ...identitySamples,
  ...accessSamples,
  ...ownSamples,
  ...customerSamples,
  ...apiSamples,
  ...consoleSamples,
  ...consoleListSamples,
  ...consoleQueueSamples,
  ...consoleActSamples,
  ...consoleClientSamples,
  ...consoleWatchSamples,
  ...supportAccessSamples,
  ...demoSamples,
];
