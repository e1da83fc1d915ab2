import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { EnvError, readEnv } from '../../functions/_kernel/env.ts';
import { inspectSettings, readEnvFile, type Settings } from '../settings.ts';
import { bindingsOf } from '../wiring.ts';
import { findingsOn, type Finding } from './finding.ts';

const { ok, note, wrong } = findingsOn('settings');

/** Addresses that are sound, for what has its stand-in or was already found wrong. */
const STAND_INS = { redis: 'redis://127.0.0.1', qdrant: 'http://127.0.0.1', ollama: 'http://127.0.0.1' };

/** What the functions themselves would say of these settings. */
function problemsOfFunctions(settings: Settings): string[] {
  try {
    readEnv(bindingsOf(settings, { ...STAND_INS, ...withoutNulls(settings.real) }));
    return [];
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return error.message.replace(/^[^:]*: /, '').split(/; (?=[A-Z][A-Z_]+ )/);
  }
}

const withoutNulls = (urls: Settings['real']) => Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== null));

/** Whether one key is probably the other, mistyped: most pairs of letters are shared (Dice's coefficient). */
function resembles(key: string, known: string): boolean {
  const pairs = (text: string) => new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)));
  const [a, b] = [pairs(key), pairs(known)];
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size) > 0.75;
}

function unknownKeys(file: string, example: string): Finding[] {
  const known = [...readFileSync(example, 'utf8').matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, key]) => key!);
  return Object.keys(readEnvFile(file))
    .filter((key) => !known.includes(key) && !key.startsWith('DECK_'))
    .map((key) => {
      const meant = known.find((one) => resembles(key.toUpperCase(), one));
      return meant === undefined
        ? note(`${key} is read by nothing here`)
        : wrong(`${key} is read by nothing here`, `write it as ${meant}, if that is meant`);
    });
}

/**
 * Whether `.env` can be used: each key by the rules of the emulator and of the functions, who may read it, and keys that nothing reads.
 *
 * @param example the file that explains every key. Values are never told.
 */
export function examineSettings(
  file: string,
  example: string,
  env: Readonly<Record<string, string | undefined>>,
): { settings: Settings; findings: Finding[] } {
  const { settings, problems } = inspectSettings(file, env);
  const absent = !existsSync(file);
  // What a first start will write is not missing yet.
  const own = absent ? problems.filter((one) => !/ (?:is missing|is not a PEM)/.test(one)) : problems;
  const keys = new Set(problems.map((one) => one.split(' ', 1)[0]));
  const theirs = problemsOfFunctions(settings).filter((one) => !keys.has(one.split(' ', 1)[0]));
  const findings = [...own, ...theirs].map((one) => wrong(one, `mend it in ${basename(file)}; .env.example explains every key`));
  if (absent) return { settings, findings: [note('there is no .env yet; npm start writes one with secrets of its own'), ...findings] };
  findings.push(...unknownKeys(file, example));
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    findings.push(wrong(`${basename(file)} holds secrets and others may read it`, `chmod 600 ${file}`));
  if (!findings.some(({ state }) => state === 'wrong')) findings.unshift(ok(`every key of ${basename(file)} is usable`));
  return { settings, findings };
}
