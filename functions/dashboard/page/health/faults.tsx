import { useEffect, useState } from 'hono/jsx/dom';
import { Alert } from '../parts.tsx';
import { headersOf } from '../credential.ts';
import { plainly, type Problem } from '../problem.ts';
import { session } from '../session.ts';
import { valueOf } from '../use.tsx';

type Fault = { mode: string; route?: string };
type Faults = Record<string, Fault | null>;

/** What can be broken: a stand-in, or one thing it does. */
const TARGETS: readonly { label: string; standIn: string; route?: string }[] = [
  { label: 'Embedding (Ollama)', standIn: 'ollama', route: '/api/embed' },
  { label: 'Writing (Ollama)', standIn: 'ollama', route: '/api/chat' },
  { label: 'All of Ollama', standIn: 'ollama' },
  { label: 'Qdrant', standIn: 'qdrant' },
  { label: 'Redis', standIn: 'redis' },
];
const MODES: readonly [string, string][] = [
  ['down', 'is down'],
  ['error', 'answers with errors'],
  ['slow', 'takes five seconds'],
  ['cut', 'breaks off in the middle'],
  ['oom', 'is out of memory'],
];

const labelOf = (standIn: string, { route }: Fault): string =>
  TARGETS.find((one) => one.standIn === standIn && one.route === route)?.label ?? `${standIn} ${route ?? ''}`;

const how = ({ mode }: Fault): string => MODES.find(([value]) => value === mode)?.[1] ?? mode;

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const credential = session.get()?.credential;
  const own = { 'x-rag-dashboard': '1', 'content-type': 'application/json' };
  return fetch(`/emulator/faults${path}`, { ...init, headers: { ...own, ...(credential && headersOf(credential)) } });
}

/** Breaks and mends the emulator's stand-ins, so that one can watch what the service makes of it. */
export function FaultPanel() {
  const [faults, setFaults] = useState<Faults | null>(null);
  const [target, setTarget] = useState(0);
  const [mode, setMode] = useState('down');
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    ask('')
      .then(async (response) => (response.ok ? setFaults((await response.json()) as Faults) : undefined))
      .catch(() => {}); // it is being started anew
  }, []);
  const set = async (standIn: string, fault: Fault): Promise<void> => {
    const response = await ask(`/${standIn}`, { method: 'POST', body: JSON.stringify(fault) });
    const body = (await response.json()) as Faults & { error?: string };
    if (response.ok) setFaults(body);
    setProblem(response.ok ? null : plainly(String(body.error)));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { standIn, route } = TARGETS[target]!;
    await set(standIn, { mode, ...(route !== undefined && { route }) });
  };
  if (faults === null) return null;
  const present = faults[TARGETS[target]!.standIn];
  const isBroken = present !== null && present !== undefined && present.mode !== 'up';
  const broken = Object.entries(faults).filter(([, fault]) => fault !== null && fault.mode !== 'up') as [string, Fault][];
  return (
    <section class="faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Break something</h2>
      <p class="hint">This is the emulator: its stand-ins can be made to fail. Ask a few questions and watch a breaker open.</p>
      <form class="row wrap" onSubmit={(event: Event) => void submit(event)}>
        <select aria-label="What is broken" value={String(target)} onChange={(event: Event) => setTarget(Number(valueOf(event)))}>
          {TARGETS.map(({ label, standIn }, i) =>
            faults[standIn] === null ? null : (
              <option key={label} value={String(i)}>
                {label}
              </option>
            ),
          )}
        </select>
        <select aria-label="How it fails" value={mode} onChange={(event: Event) => setMode(valueOf(event))}>
          {MODES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button type="submit">Break</button>
      </form>
      <p class="hint" role="status">
        {isBroken ? `A stand-in has one fault at a time: this mends “${labelOf(TARGETS[target]!.standIn, present)} ${how(present)}”.` : ''}
      </p>
      <Alert problem={problem} />
      <ul class="broken" aria-live="polite">
        {broken.map(([name, fault]) => (
          <li key={name} class="row spread">
            <span>
              {labelOf(name, fault)} {how(fault)}
            </span>
            <button type="button" onClick={() => void set(name, { mode: 'up' })}>
              Mend {name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
