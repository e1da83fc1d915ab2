import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { check } from './check.ts';
import { retarget, TARGETS, valuesFor, type Target } from './targets.ts';

const USAGE = `usage: npm run --silent gateway:render -- [--target ${TARGETS.join('|')}] [file] > NAME.rendered.yml
The result holds secrets: under such a name git ignores it.`;

const PLACEHOLDER = /\$\{\{(.*?)\}\}/g;
const CALL = /^\s*env\s+"(\w+)"\s*((?:\|\s*(?:toInt|toFloat|toBool|indent\s+\d+)\s*)*)$/;

/** `host:port` of a base URL; null when it has a path or is not plain HTTP, which a target cannot say. */
function targetOf(url: string): string | null {
  const found = /^http:\/\/(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?\/?$/.exec(url);
  return found === null ? null : `${found[1]}:${found[2] ?? '80'}`;
}

function lookup(name: string, values: Readonly<Record<string, string>>, problems: string[]): string | null {
  if (!name.startsWith('DECK_')) {
    problems.push(`${name}: the name of a placeholder must begin with DECK_`);
    return null;
  }
  const value = values[name];
  if (value !== undefined && value !== '') return value;
  const url = name.endsWith('_TARGET') ? values[name.replace(/TARGET$/, 'URL')] : undefined;
  if (url === undefined) {
    problems.push(`${name} is not set${name.endsWith('_TARGET') ? `: give host:port, or ${name.replace(/TARGET$/, 'URL')}` : ''}`);
    return null;
  }
  const target = targetOf(url);
  if (target === null) problems.push(`${name.replace(/TARGET$/, 'URL')}: ${url} is not http://host:port without a path`);
  return target;
}

function convert(value: string, filters: string, name: string, problems: string[]): string {
  let text = value;
  for (const filter of filters.split('|').map((part) => part.trim())) {
    if (filter === 'toInt' && !/^-?\d+$/.test(text)) problems.push(`${name}: ${text} is no whole number`);
    if (filter === 'toFloat' && Number.isNaN(Number(text))) problems.push(`${name}: ${text} is no number`);
    if (filter === 'toBool' && !/^(true|false)$/.test(text)) problems.push(`${name}: ${text} is neither true nor false`);
    if (filter.startsWith('indent')) text = text.replaceAll('\n', `\n${' '.repeat(Number(filter.slice(6)))}`);
  }
  return text;
}

/**
 * Fills decK's placeholders (`${{ env "DECK_X" | indent 8 }}`) of a declarative file with values, and checks the result.
 *
 * `DECK_X_TARGET` is also found from `DECK_X_URL`. `target` (default local) says where the functions are: in `compose` the containers'
 * names stand for all addresses, at the `edge` each `DECK_X_URL` is a Worker's, reached by verified TLS. Throws one error that names every problem: values that are missing, not
 * quotable or weak, references that Kong would take literally, and routes without authentication, limit or time-outs.
 * Source: https://developer.konghq.com/deck/reference/env-variables
 */
export function render(text: string, given: Readonly<Record<string, string>>, target: Target = 'local'): string {
  const problems: string[] = [];
  const values = valuesFor(target, text, given, problems);
  if (problems.length > 0) throw refusal(problems);
  const filled = text
    .split('\n')
    .map((line) => {
      if (line.trimStart().startsWith('#')) return line;
      return line.replace(PLACEHOLDER, (whole, inner: string) => {
        const call = CALL.exec(inner);
        if (call === null) {
          problems.push(`${whole} is not of the form \${{ env "DECK_X" }}`);
          return whole;
        }
        const [, name = '', filters = ''] = call;
        const value = lookup(name, values, problems);
        if (value === null) return whole;
        if (!filters.includes('indent') && /['"\\\n]/.test(value)) problems.push(`${name} holds a quote, backslash or line break`);
        return convert(value, filters, name, problems);
      });
    })
    .join('\n');
  const rendered = problems.length === 0 ? retarget(filled, target) : '';
  if (problems.length === 0) problems.push(...check(rendered));
  if (problems.length > 0) throw refusal(problems);
  return rendered;
}

const refusal = (problems: readonly string[]): Error =>
  new Error(`the gateway file cannot be rendered:\n${[...new Set(problems)].map((line) => `  - ${line}`).join('\n')}`);

/** The process's variables; for a named target `.env` beside them, whose secrets have the functions' names. */
export function environmentValues(named: boolean): Record<string, string> {
  const file = named && existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const set = Object.entries({ ...file, ...process.env }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const values = Object.fromEntries(set);
  if (!named) return values;
  const { SERVICE_TOKEN, API_KEY } = values;
  return {
    ...(SERVICE_TOKEN !== undefined && { DECK_SERVICE_TOKEN: SERVICE_TOKEN }),
    ...(API_KEY !== undefined && { DECK_API_KEY: API_KEY }),
    ...values,
  };
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { target: { type: 'string' } } });
    const target = TARGETS.find((one) => one === (values.target ?? 'local'));
    if (target === undefined) throw new Error(`--target ${values.target}: must be one of ${TARGETS.join(', ')}\n${USAGE}`);
    const file = positionals[0] ?? new URL('kong.yml', import.meta.url).pathname;
    process.stdout.write(render(readFileSync(file, 'utf8'), environmentValues(values.target !== undefined), target));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
