import { parseArgs } from 'node:util';
import { ROOT } from './bundle.ts';
import { examine } from './doctor/examine.ts';
import { findingLine } from './doctor/finding.ts';
import { ENV_FILE } from './settings.ts';
import { styles } from './show.ts';

const USAGE = `usage: npm run doctor [-- --json]

Checks Node, ports, .env, each dependency's address, version and credentials, the models, whether the collections fit them, clocks and
the gateway; changes nothing. One line a finding; what is wrong says how to mend it.
Exit status: 0 nothing is wrong, 1 something is, 2 wrong usage.`;

function readArguments(): { json: boolean; help: boolean } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } })
      .values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { json, help } = readArguments();
if (help) console.log(USAGE);
else {
  const findings = await examine({
    envFile: ENV_FILE,
    exampleFile: `${ROOT}.env.example`,
    dataDir: `${ROOT}.rag`,
    env: process.env,
    nodeVersion: process.version,
    now: Date.now,
  });
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const { bold, dim } = styles(process.stdout);
  if (json) console.log(JSON.stringify({ ok: wrong === 0, findings }, null, 2));
  else {
    for (const finding of findings) {
      const line = findingLine(finding);
      console.log(finding.state === 'wrong' ? bold(line) : finding.state === 'note' ? dim(line) : line);
    }
    console.log(wrong === 0 ? '\nNothing is wrong.' : `\n${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`);
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}
