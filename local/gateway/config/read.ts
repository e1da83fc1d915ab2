import { parseDocument } from 'yaml';
import type { Config } from './entities.ts';
import { declarativeFile } from './schema.ts';
import { Problems } from './problems.ts';
import { readConsumers } from './consumers.ts';
import { readPlugins } from './plugins.ts';
import { readRoutes } from './routes.ts';
import { readUpstreams } from './upstreams.ts';

const PLACEHOLDER = /\$\{\{.*?\}\}|\$\{[A-Z_]+\}/;
const VAULT = /\{vault:\/\/[^}]*\}/;

function unresolved(text: string, problems: Problems): void {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith('#')) continue;
    const found = PLACEHOLDER.exec(line) ?? VAULT.exec(line);
    if (found !== null) problems.add(`line ${index + 1}`, `${found[0]} is not resolved: render the file first (gateway/render.ts)`);
  }
}

/**
 * Reads a declarative file (YAML or JSON text, already rendered) into entities with every reference resolved.
 *
 * Throws one error that names every problem: text that is no YAML, unresolved placeholders and vault references, unknown or
 * malformed keys, names used twice, and references to nothing. Plugin configurations are checked where the plugins are built.
 */
export function readConfig(text: string): Config {
  const problems = new Problems('the gateway configuration');
  unresolved(text, problems);
  problems.raise();
  const document = parseDocument(text);
  for (const error of document.errors) problems.add('', error.message);
  problems.raise();
  const parsed = declarativeFile.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    problems.addZod('', parsed.error);
    throw problems.error();
  }
  const file = parsed.data;
  const upstreams = readUpstreams(file, problems);
  const { services, routes } = readRoutes(file, problems);
  const { consumers, keys, jwts } = readConsumers(file, problems);
  const plugins = readPlugins(file, { services, routes, consumers }, problems);
  problems.raise();
  return { services, routes, upstreams, consumers, keys, jwts, plugins };
}
