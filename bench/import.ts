// `node bench/import.ts [LINES]`: imports so many made-up accounts into a new SQLite file by the real command, and tells
// how long it took and how much memory it had at most.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const lines = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'vratny-import-'));
const file = join(folder, 'accounts.csv');

/** A person of the old system: every column that a panel usually has, and a hash of its own. */
function record(index: number): string {
  const number = String(index).padStart(8, '0');
  const salt = Buffer.from(`salt${number}`).toString('hex');
  const hash = Buffer.from(`hash of the person ${number}`).subarray(0, 20).toString('hex');
  const person = `p${number},person${number}@old.example,true,Jana,Nováková ${number},+420601${number.slice(2)}`;
  return `${person},cs,${300_000 + index},person,2019-04-30T12:00:00Z,pbkdf2-sha1,${hash},${salt},10000,20,hex\n`;
}

async function writeFile(): Promise<void> {
  const out = createWriteStream(file);
  out.write(
    'login,email,email_verified,given_name,family_name,phone,locale,customer_number,customer_kind,created_at,hash_scheme,hash,salt,iterations,key_length,encoding\n',
  );
  for (let index = 0; index < lines; index += 1) if (!out.write(record(index))) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

/** Resident memory of a process in MiB, as Linux tells it: the present, and the most there ever was. */
function memoryOf(pid: number): { now: number; most: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    return { now: field('VmRSS'), most: field('VmHWM') };
  } catch {
    return undefined;
  }
}

try {
  await writeFile();
  const startedAt = performance.now();
  const main = join(import.meta.dirname, '../src/main.ts');
  const child = spawn(process.execPath, [main, 'account', 'import', file, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      VRATNY_STORAGE: `sqlite:${join(folder, 'vratny.sqlite')}`,
      VRATNY_SECRET: 'a secret for measuring and for nothing else',
      VRATNY_ISSUER: 'http://localhost:3999',
    },
  });
  const samples: number[] = [];
  let most = 0;
  const sampling = setInterval(() => {
    const memory = memoryOf(child.pid!);
    if (memory === undefined || Number.isNaN(memory.now)) return;
    samples.push(memory.now);
    most = memory.most;
  }, 500);
  const [report, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  clearInterval(sampling);
  const seconds = (performance.now() - startedAt) / 1000;
  const quarter = (part: number) => Math.round(samples[Math.floor((samples.length - 1) * part)] ?? 0);
  process.stdout.write(report);
  process.stdout.write(
    [
      `exit code            ${code}`,
      `accounts             ${lines} (file ${Math.round(statSync(file).size / 1_048_576)} MiB)`,
      `seconds              ${seconds.toFixed(1)}`,
      `accounts a second    ${Math.round(lines / seconds)}`,
      `memory, MiB          ${[0.25, 0.5, 0.75, 1].map(quarter).join(', ')} at the quarters, ${Math.round(most)} at most`,
      `node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
