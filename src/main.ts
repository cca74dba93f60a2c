// The process: one entry for the server and for every command. Without a command it serves.

// npm scripts load it before this file already; whoever starts this one by itself gets as much of it as there is.
import './compile-cache.mjs';
import { holdYoungHeap, spareWebClient } from './lib/lean-start.ts';

holdYoungHeap();
spareWebClient();
const { start } = await import('./cli/start.ts');
process.exitCode = await start(process.argv.slice(2), process.env);
