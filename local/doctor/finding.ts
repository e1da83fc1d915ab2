/** What an examination is about, in the order in which it is told. */
export type About = 'node' | 'settings' | 'ports' | 'redis' | 'qdrant' | 'ollama' | 'index' | 'gateway';

/** One finding: `ok` is as it should be, `note` is worth knowing, `wrong` must be mended and says how. */
export type Finding = { about: About } & ({ state: 'ok' | 'note'; says: string } | { state: 'wrong'; says: string; remedy: string });

/** Makes the findings of one subject. */
export function findingsOn(about: About) {
  return {
    ok: (says: string): Finding => ({ about, state: 'ok', says }),
    note: (says: string): Finding => ({ about, state: 'note', says }),
    wrong: (says: string, remedy: string): Finding => ({ about, state: 'wrong', says, remedy }),
  };
}

/** A finding as one line. */
export function findingLine(finding: Finding): string {
  const remedy = finding.state === 'wrong' ? ` → ${finding.remedy}` : '';
  return `  ${finding.state.padEnd(5)}  ${finding.about.padEnd(8)}  ${finding.says}${remedy}`;
}

/** A URL as it may be shown: without the password that it carries. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href.replace(/\/$/, '');
}

/** Whether a version such as `1.19.0` is at least so many numbers; a part that is absent counts as 0. */
export function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.replace(/^v/, '').split(/[.+-]/).map(Number);
  for (const [i, wanted] of least.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
