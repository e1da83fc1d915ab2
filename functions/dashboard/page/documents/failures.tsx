import type { Job } from '../types.ts';
import { count, figure, REMEDY } from '../words.ts';
import { byReason } from './reasons.ts';

type Failure = Job['failures'][number];

/** Reasons, and names under one reason, that are listed; what comes after is counted. */
const LISTED_MAX = 20;

/** What failed and why, one line for all that have the same reason. */
export function Failures({ failures }: { failures: readonly Failure[] }) {
  const groups = byReason(failures);
  return (
    <ul class="failures">
      {groups.slice(0, LISTED_MAX).map(({ reason: { code, detail }, names }) => (
        <li key={`${code} ${detail}`}>
          <strong>{names.length === 1 ? names[0] : count(names.length, 'file')}:</strong> {detail}{' '}
          <span class="hint">{REMEDY[code] ?? ''}</span>
          {names.length === 1 ? null : <Names names={names} />}
        </li>
      ))}
      {groups.length > LISTED_MAX ? <li>and {figure(groups.length - LISTED_MAX)} more reasons</li> : null}
    </ul>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <details>
      <summary>Which</summary>
      <ul class="names">
        {names.slice(0, LISTED_MAX).map((name) => (
          <li key={name}>{name}</li>
        ))}
        {names.length > LISTED_MAX ? <li class="hint">and {figure(names.length - LISTED_MAX)} more</li> : null}
      </ul>
    </details>
  );
}
