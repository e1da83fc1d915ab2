import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTY, injectFault } from '../control.ts';
import { FAULT_MODES, type FaultMode } from '../faults.ts';
import { EXIT, numberBetween, UsageError, wholeNumber, type Command } from './command.ts';

/** An hour; whoever wants more wants it down. */
const FAULT_MS_MAX = 3_600_000;

const EFFECTS: Record<FaultMode, string> = {
  up: 'as it should be',
  down: 'refuses connections',
  slow: 'answers after --ms',
  error: 'answers with an error of its own; Redis: LOADING',
  cut: 'breaks off in the middle of an answer',
  oom: 'has no memory left; Redis refuses what needs some',
  full: 'has too many callers',
};

export const fault: Command = {
  name: 'fault',
  synopsis: '<who> <how>',
  summary: 'breaks a stand-in of the emulator that runs here, and mends it with up',
  example: 'fault ollama down',
  verbs: FAULTY,
  options: {
    route: { value: 'PATH', help: 'only calls whose path begins so, such as /api/chat; of Redis a command, such as /get' },
    share: { value: 'X', help: 'only this part of the calls, 0–1' },
    ms: { value: 'N', help: 'slow: the delay; default 5000' },
  },
  notes: `Who: ${FAULTY.join(', ')}. How:\n${FAULT_MODES.map((mode) => `  ${mode.padEnd(6)} ${EFFECTS[mode]}`).join('\n')}`,
  async run(call) {
    const { program, out, at } = call;
    const [who, how, ...more] = call.words;
    const name = FAULTY.find((one) => one === who);
    const mode = FAULT_MODES.find((one) => one === how);
    if (name === undefined || mode === undefined || more.length > 0)
      throw new UsageError(`Say who fails and how: fault ${FAULTY.join('|')} ${FAULT_MODES.join('|')}`);
    const route = call.values.get('route');
    const [share, ms] = [numberBetween(call, 'share', 0, 1), wholeNumber(call, 'ms', 0, FAULT_MS_MAX)];
    const folders = [at.cwd, at.home].map((folder) => join(folder, '.rag'));
    const folder = folders.find((one) => existsSync(join(one, 'control.json'))) ?? folders[0]!;
    const set = {
      mode,
      ...(route !== undefined && { route }),
      ...(share !== undefined && { share }),
      ...(ms !== undefined && { delayMs: ms }),
    };
    out.tell(await injectFault(folder, name, set));
    out.say(mode === 'up' ? `${name} is up.` : `${name} is ${mode} until you say: ${program.name} fault ${name} up`);
    return EXIT.done;
  },
};
