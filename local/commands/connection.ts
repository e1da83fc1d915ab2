import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import type { Surroundings } from './command.ts';

const keptIn = (folder: string): Record<string, string> => {
  const file = join(folder, '.env');
  return existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
};
const first = (...given: (string | undefined)[]): string | undefined => given.find((one) => one !== undefined && one !== '');

/**
 * Where the service is and who asks, by the options, the environment and the `.env` files, in this order; no key is for the gateway to
 * judge.
 *
 * Of a folder that is not the project's, only what is plainly meant for this program is read. An address from there is given a key from
 * there, or the option's, and no other: whoever wrote that file would be sent it.
 */
export function connectionOf(
  { env, cwd, home }: Pick<Surroundings, 'env' | 'cwd' | 'home'>,
  option: { url: string | undefined; key: string | undefined },
): { url: string; apiKey: string | undefined } {
  const [here, project] = [resolve(cwd) === resolve(home) ? {} : keptIn(cwd), keptIn(home)];
  const chosen = first(option.url, env['RAG_URL']);
  const folders = first(here['RAG_URL']);
  if (chosen === undefined && folders !== undefined) return { url: folders, apiKey: first(option.key, here['RAG_API_KEY']) };
  const url = first(chosen, project['RAG_URL'], env['GATEWAY_URL'], project['GATEWAY_URL']);
  return {
    url: url ?? `http://127.0.0.1:${first(env['PORT'], project['PORT']) ?? '8000'}`,
    apiKey: first(option.key, env['RAG_API_KEY'], here['RAG_API_KEY'], project['RAG_API_KEY'], env['API_KEY'], project['API_KEY']),
  };
}
