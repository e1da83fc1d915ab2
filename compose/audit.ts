import { spawn } from 'node:child_process';

/** What the registry said of the packages that are shipped. */
export type Verdict = { clean: boolean | null; said: string };

type Report = {
  vulnerabilities?: Record<string, { severity: string; range: string; fixAvailable?: unknown }>;
  metadata?: { dependencies?: { prod?: number } };
  message?: string;
  statusCode?: number;
};

/**
 * Reads what `npm audit --omit=dev --json` printed: clean, not clean, or null when nobody was there to be asked.
 *
 * A registry without advisories answers with an error, and npm then ends as if it had found something; it prints no list of packages.
 */
export function judge(printed: string): Verdict {
  let report: Report;
  try {
    report = JSON.parse(printed) as Report;
  } catch {
    return { clean: null, said: `The registry could not be asked: npm printed ${printed.trim().slice(0, 200) || 'nothing'}` };
  }
  const { vulnerabilities, metadata, message } = report;
  if (vulnerabilities === undefined || metadata === undefined)
    return { clean: null, said: `The registry could not be asked, so nothing is known: ${message ?? 'it gave no reason'}` };
  const found = Object.entries(vulnerabilities);
  if (found.length === 0)
    return { clean: true, said: `Clean: no advisory for the ${metadata.dependencies?.prod ?? ''} packages that are shipped.` };
  const lines = found.map(
    ([name, { severity, range, fixAvailable }]) => `  ${name} ${range}: ${severity}${fixAvailable ? ', npm audit fix mends it' : ''}`,
  );
  return { clean: false, said: `Advisories for packages that are shipped:\n${lines.join('\n')}` };
}

/** Whether the packages that are shipped have advisories: exit 0 clean, 1 not, 2 when the registry could not be asked. */
if (import.meta.main) {
  // Through the shell: npm is a script of its own on Windows.
  const child = spawn('npm audit --omit=dev --json', { shell: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.on('data', (part) => (printed += String(part)));
  child.once('close', () => {
    const { clean, said } = judge(printed);
    console.log(said);
    process.exitCode = clean === null ? 2 : clean ? 0 : 1;
  });
}
