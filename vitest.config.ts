// How the tests run: every file under test/ whose name ends in .test.ts. Most share a process with others, for loading
// the house takes longer than what many of them do in it; those that look at the process itself, or start others, do not.

import { defineConfig } from 'vitest/config';

const alone = ['test/*.test.ts', 'test/{adapters,browser,cli,demo}/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: alone,
          isolate: false,
          setupFiles: ['test/support/real-time.ts'],
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
