// Files share a process (vitest.config.ts): none leaves the next one a clock that it has turned.

import { afterAll, vi } from 'vitest';

afterAll(() => {
  vi.useRealTimers();
  vi.resetConfig();
});
