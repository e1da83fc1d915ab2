import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import type { Surroundings } from './command.ts';

const keptIn = (folder: string): Record<string, string> => {
  const file = join(folder, '.env');
  return existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
};
const first = (...given: (string | undefined)[]): string | undefined => given.find((one) => one !== undefined && one !== '');

/** Where the service is, by the options, the environment and the `.env` files, in this order. */
export function urlOf({ env, cwd, home }: Pick<Surroundings, 'env' | 'cwd' | 'home'>, option: string | undefined): string {
  // Of a folder that is not the project's, only what is plainly meant for this program.
  const [here, project] = [keptIn(cwd), keptIn(home)];
  const url = first(option, env['RAG_URL'], here['RAG_URL'], project['RAG_URL'], env['GATEWAY_URL'], project['GATEWAY_URL']);
  return url ?? `http://127.0.0.1:${first(env['PORT'], project['PORT']) ?? '8000'}`;
}

/** The key, found in the same places; none is for the gateway to judge. */
export function keyOf({ env, cwd, home }: Pick<Surroundings, 'env' | 'cwd' | 'home'>, option: string | undefined): string | undefined {
  const [here, project] = [keptIn(cwd), keptIn(home)];
  return first(option, env['RAG_API_KEY'], here['RAG_API_KEY'], project['RAG_API_KEY'], env['API_KEY'], project['API_KEY']);
}
