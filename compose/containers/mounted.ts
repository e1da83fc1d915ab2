import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './project.ts';

/** The variable that a service's label `rag.mounted` takes its value from. */
export const variableOf = (service: string): string => `MOUNTED_${service.toUpperCase().replaceAll('-', '_')}`;

/** Every file at a path, in an order of its own; none where there is nothing. */
function filesAt(path: string): string[] {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return [];
  if (!entry.isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesAt(join(path, name)));
}

/**
 * A digest for each service of what it reads from this machine: the files mounted into it, secrets given as variables, and
 * what its configs hold.
 *
 * Compose makes a container anew when its definition changed, and a definition says where a file is, not what is in it.
 * @returns the variables of the services' labels.
 */
function mounted(config: Config, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const digests = Object.entries(config.services).flatMap(([service, { volumes = [], secrets = [], configs = [] }]) => {
    const paths = volumes.flatMap(({ type, source }) => (type === 'bind' && source !== undefined ? filesAt(source) : []));
    const given = secrets.flatMap(({ source }) => config.secrets?.[source]?.environment ?? []);
    const contents = configs.flatMap(({ source }) => config.configs?.[source]?.content ?? []);
    if (paths.length + given.length + contents.length === 0) return [];
    const hash = createHash('sha256');
    for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path));
    for (const name of given) hash.update(`${name}\0${env[name] ?? ''}`);
    for (const content of contents) hash.update(`\0${content}`);
    return [[variableOf(service), hash.digest('hex').slice(0, 16)] as const];
  });
  return Object.fromEntries(digests);
}

/** What compose is given beside the process's own variables: `env`, and the digests of what is mounted (`rag.mounted`). */
export function withMounted(config: Config, env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...env, ...mounted(config, { ...process.env, ...env }) };
}
