import type { Status } from '../types.ts';
import { useNow, useStore } from '../use.tsx';
import { clockTime, count, duration } from '../words.ts';
import { history, REMEMBERED_MS, STALE_MS, type DependencyName, type Sample } from './history.ts';
import { Axis } from './time-line.tsx';

const NAMES: readonly [DependencyName, string][] = [
  ['qdrant', 'Qdrant'],
  ['ollama', 'Ollama'],
  ['redis', 'Redis'],
];

/** Each dependency as it answered this page's looks. */
export function Dependencies() {
  const { status, statusAt, latencies } = useStore(history);
  const now = useNow();
  const isKnown = now - statusAt <= STALE_MS;
  return (
    <section aria-labelledby="dependencies-title">
      <h2 id="dependencies-title">Dependencies</h2>
      {status === null ? <p class="hint">Not known yet.</p> : null}
      <ul class="dependencies">
        {status === null
          ? null
          : NAMES.map(([name, label]) => {
              const { up, version, problem, latencyMs } = status.dependencies[name];
              return (
                <li key={name} class={up || !isKnown ? 'dependency' : 'dependency down'}>
                  <div class="row spread">
                    <h3>
                      {label} <span class="hint">{version ?? ''}</span>
                    </h3>
                    <span class={isKnown ? 'figures' : 'state'}>
                      {!isKnown ? `unknown since ${clockTime(statusAt)}` : up ? duration(latencyMs) : 'down'}
                    </span>
                  </div>
                  <Latencies label={label} samples={latencies[name] ?? []} now={now} />
                  <p class="hint">{problem ?? More({ name, status })}</p>
                </li>
              );
            })}
      </ul>
    </section>
  );
}

function More({ name, status }: { name: DependencyName; status: Status }): string {
  if (name === 'redis') return 'breakers, limits and caches';
  if (name === 'qdrant') {
    const { collections, cluster } = status.dependencies.qdrant;
    return `${count(collections ?? 0, 'collection')} of yours${cluster === null ? '' : `, ${cluster.peers} peers, ${cluster.shards.dead} dead shards`}`;
  }
  return status.dependencies.ollama.models.map((one) => `${one.name}${one.present ? '' : ' (missing)'}`).join(', ');
}

const [WIDTH, HEIGHT] = [200, 36];

/** Latency against time, the highest at the top; the line is broken where nobody looked, and where it was down a bar stands. */
function Latencies({ label, samples, now }: { label: string; samples: readonly Sample[]; now: number }) {
  const answered = samples.filter(({ up }) => up);
  const top = Math.max(...answered.map(({ latencyMs }) => latencyMs), 1);
  const first = samples[0]?.at ?? now;
  const span = Math.max(30_000, Math.min(REMEMBERED_MS, now - first));
  const x = (at: number) => WIDTH * (1 - (now - at) / span);
  const y = (ms: number) => HEIGHT - 2 - (ms / top) * (HEIGHT - 6);
  let path = '';
  for (const [i, { at, latencyMs, up }] of samples.entries())
    if (up)
      path += `${i > 0 && samples[i - 1]!.up && at - samples[i - 1]!.at <= STALE_MS ? 'L' : 'M'}${x(at).toFixed(1)} ${y(latencyMs).toFixed(1)}`;
  return (
    <div>
      <p class="scale" aria-hidden="true">
        at most {duration(top)}
      </p>
      <svg
        class="plot"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: at most ${duration(top)} in the last ${duration(span)}`}
      >
        <line class="base" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        {samples.map((one) => (one.up ? null : <rect key={one.at} class="gap" x={x(one.at) - 2} width="4" height={HEIGHT - 1} />))}
        <path d={path} class="line" />
      </svg>
      <Axis span={span} />
    </div>
  );
}
