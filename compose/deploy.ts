import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'smol-toml';
import { ROOT } from '../local/bundle.ts';
import { readEnvFile } from '../local/settings.ts';
import { planDeploy, SECRETS, STAGES, type Plan, type WranglerFile } from './deploy/plan.ts';
import { openWrangler, secretsOf, sizeOf, writeConfig } from './deploy/wrangler.ts';

const USAGE = `usage: npm run deploy -- <function … | all> [--env ${STAGES.join('|')}] [--dry-run]

Deploys each named function as a Worker of its own and touches no other. Addresses come from .env.<env> or the environment, secrets only
from the account (npx wrangler secret put NAME --name rag-search). --dry-run checks, bundles and prints sizes, and asks no account.`;

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** The commit, so that a version in the account can be told; empty outside of git. */
function commit(): string[] {
  try {
    return ['--tag', execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim()];
  } catch {
    return [];
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      env: { type: 'string', default: 'production' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const stage = STAGES.find((one) => one === values.env);
  if (stage === undefined) throw new Error(`--env ${values.env}: must be one of ${STAGES.join(', ')}`);
  const file = parse(readFileSync(`${ROOT}wrangler.toml`, 'utf8')) as unknown as WranglerFile;
  const known = Object.keys(file.env);
  const unknown = positionals.find((name) => name !== 'all' && !known.includes(name));
  if (positionals.length === 0 || unknown !== undefined)
    throw new Error(
      `${unknown === undefined ? 'Name a function' : `There is no function ${unknown}`}: ${known.join(', ')}, or all.\n${USAGE}`,
    );
  const wanted = positionals.includes('all') ? known : [...new Set(positionals)];
  const settings = { ...readEnvFile(`${ROOT}.env.${stage}`), ...process.env };
  const plans = wanted.map((fn) => planDeploy(file, fn, stage, settings, ROOT));
  const problems = plans.flatMap((plan) => plan.problems.map((problem) => `${plan.fn}: ${problem}`));
  if (problems.length > 0) throw new Error(`Nothing was deployed:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  const built = [];
  for (const plan of plans) built.push(await build(plan, stage));
  if (values['dry-run'])
    return console.log(
      `Nothing was deployed. Not checked: whether the account has the secrets ${SECRETS.join(', ')}, and that it lets you in.`,
    );
  for (const { plan, config } of built) await requireSecrets(plan, config);
  for (const { plan, config } of built) await deploy(plan, config);
}

const wrangler = openWrangler(ROOT);

async function build(plan: Plan, stage: string): Promise<{ plan: Plan; config: string }> {
  const folder = `${ROOT}dist/deploy/${stage}/${plan.fn}`;
  const config = writeConfig(folder, plan);
  const { code, output } = await wrangler(['deploy', '--config', config, '--dry-run', '--outdir', `${folder}/bundle`]);
  if (code !== 0) throw new Error(`${plan.fn} does not bundle, and nothing was deployed:\n${output}`);
  const { bytes, gzip } = sizeOf(`${folder}/bundle`);
  console.log(`${plan.name}: ${kib(bytes)}, compressed ${kib(gzip)}`);
  return { plan, config };
}

async function requireSecrets({ name, secrets }: Plan, config: string): Promise<void> {
  if (secrets.length === 0) return;
  const there = await secretsOf(wrangler, name, config);
  const missing = secrets.filter((secret) => !(there ?? []).includes(secret));
  if (missing.length === 0) return;
  const how = missing.map((secret) => `  npx wrangler secret put ${secret} --name ${name}`).join('\n');
  const why = there === null ? `The account did not tell the secrets of ${name} (npx wrangler login?)` : `${name} lacks secrets`;
  throw new Error(`${why}. Nothing was deployed. Put them, the first of them makes the Worker:\n${how}`);
}

async function deploy({ name }: Plan, config: string): Promise<void> {
  const { code, output } = await wrangler(['deploy', '--config', config, ...commit()]);
  if (code !== 0) throw new Error(`${name} was not deployed; the functions before it were, those after it were not:\n${output}`);
  console.log(`${name}: deployed. Back again: npx wrangler rollback --name ${name}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
