import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { ROOT } from './bundle.ts';
import { planRemoval, remove, type Removal } from './removal.ts';

const USAGE = `usage: npm run reset [-- --yes] [folder]

Ends the emulator that runs on the data directory (default .rag) and removes that directory, after saying so and asking.
Nothing else is touched: .env, real services and their data stay. A directory with anything that the emulator did not write is refused.
  --yes   do not ask
Exit status: 0 done or nothing to do, 1 refused or declined, 2 wrong usage.`;

function readArguments(): { yes: boolean; help: boolean; folder: string } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { yes: { type: 'boolean', short: 'y', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (positionals.length > 1) throw new Error('Name one folder.');
    return { ...values, folder: positionals[0] ?? `${ROOT}.rag` };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function lines({ dataDir, bytes, processes }: Removal): string[] {
  return [
    ...processes.map(({ pid, command }) => `  process ${pid}  ${command.slice(0, 100)}`),
    `  folder ${dataDir}  ${(bytes / 1e6).toFixed(1)} MB: every collection and every job of the emulator`,
  ];
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('Nobody can be asked here; say --yes.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Remove? [y/N] ');
  terminal.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

async function main(): Promise<void> {
  const { yes, help, folder } = readArguments();
  if (help) return console.log(USAGE);
  const removal = planRemoval(folder);
  if (!removal.exists) return console.log(`There is nothing to remove: ${folder} holds nothing of the emulator.`);
  console.log(`This will be ended and removed:\n${lines(removal).join('\n')}`);
  if (!yes && !(await agreed())) {
    console.log('Nothing was removed.');
    process.exitCode = 1;
    return;
  }
  await remove(removal);
  console.log('Done. npm start begins anew; .env is as it was.');
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
