// What the process was started for: the server, or one of the commands.

import { loadConfig, type Environment } from '../config/load.ts';
import { beginOpening } from '../configured-store.ts';
import { nextTurn } from '../lib/turn.ts';
import { exitCodes, report } from './output.ts';

/**
 * Runs one command line; the exit code. The server is started without the code of the commands, which would be a tenth
 * of its start.
 */
export async function start(args: readonly string[], env: Environment): Promise<number> {
  // Who reads only the first lines (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed);
  });
  const [verb = 'serve', ...others] = args;
  if (verb !== 'serve' || others.length > 0) {
    const { run } = await import('./run.ts');
    return run(args, env);
  }
  try {
    // What is wrong with the configuration is said before anything else is loaded.
    const config = loadConfig(env);
    const opening = beginOpening(config);
    // Who waits for it below hears of a failure.
    opening?.catch(() => {});
    await nextTurn();
    const { serve } = await import('./serve.ts');
    await serve(config, opening);
    return exitCodes.ok;
  } catch (error) {
    return report(error);
  }
}
