import { useRef } from 'hono/jsx/dom';
import { HITS_MAX, QUERY_MAX_CHARS } from '../../../_kernel/limits.ts';
import { valueOf } from '../use.tsx';
import { faultOf, RELATIONS, type Form, type Relation, type Row } from './request.ts';

const MODES: readonly [Form['mode'], string][] = [
  ['hybrid', 'meaning and words'],
  ['dense', 'meaning'],
  ['sparse', 'words'],
];

/** What a search can be told. */
export function Controls({ form, change, isRunning }: { form: Form; change: (next: Form) => void; isRunning: boolean }) {
  const set = (some: Partial<Form>) => change({ ...form, ...some });
  const number = (event: Event, low: number, high: number) => Math.max(low, Math.min(high, Math.round(Number(valueOf(event))) || low));
  return (
    <>
      <div class="field">
        <label for="query">Search for</label>
        <div class="row">
          <input
            id="query"
            type="search"
            required
            maxlength={QUERY_MAX_CHARS}
            value={form.query}
            onInput={(event: Event) => set({ query: valueOf(event) })}
          />
          <button type="submit" class="main" aria-disabled={isRunning ? 'true' : null}>
            {isRunning ? 'Searching…' : 'Search'}
          </button>
        </div>
      </div>
      <div class="row wrap">
        <fieldset class="choice">
          <legend>By</legend>
          {MODES.map(([mode, label]) => (
            <label key={mode}>
              <input type="radio" name="mode" value={mode} checked={form.mode === mode} onChange={() => set({ mode })} />
              {label}
            </label>
          ))}
        </fieldset>
        <div class="field inline">
          <label for="limit">Passages</label>
          <input
            id="limit"
            type="number"
            min={1}
            max={HITS_MAX}
            value={form.limit}
            onChange={(event: Event) => set({ limit: number(event, 1, HITS_MAX) })}
          />
        </div>
        <div class="field inline">
          <label for="per-document">Of one document at most</label>
          <input
            id="per-document"
            type="number"
            min={0}
            max={HITS_MAX}
            value={form.maxPerDocument}
            aria-describedby="per-document-hint"
            onChange={(event: Event) => set({ maxPerDocument: number(event, 0, HITS_MAX) })}
          />
          <span id="per-document-hint" class="hint">
            0: any
          </span>
        </div>
        <div class="field inline">
          <label for="diversity">Diversity</label>
          <input
            id="diversity"
            type="range"
            min={0}
            max={1}
            step={0.1}
            value={form.diversity}
            onInput={(event: Event) => set({ diversity: Number(valueOf(event)) })}
          />
          <output for="diversity" class="figures">
            {form.diversity.toFixed(1)}
          </output>
        </div>
      </div>
      <Filter rows={form.rows} change={(rows) => set({ rows })} />
    </>
  );
}

function Filter({ rows, change }: { rows: Row[]; change: (rows: Row[]) => void }) {
  const add = useRef<HTMLButtonElement | null>(null);
  const remove = (at: number) => {
    change(rows.filter((_, i) => i !== at));
    add.current?.focus();
  };
  const edit = (at: number, some: Partial<Row>) => change(rows.map((row, i) => (i === at ? { ...row, ...some } : row)));
  return (
    <fieldset class="filter">
      <legend>Only documents whose metadata match</legend>
      {rows.map((row, i) => (
        <div class="row" key={i}>
          <input
            aria-label={`Key ${i + 1}`}
            placeholder="key"
            value={row.key}
            onInput={(event: Event) => edit(i, { key: valueOf(event) })}
          />
          <select
            aria-label={`Relation ${i + 1}`}
            value={row.relation}
            onChange={(event: Event) => edit(i, { relation: valueOf(event) as Relation })}
          >
            {RELATIONS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
          <input
            aria-label={`Value ${i + 1}`}
            placeholder={row.relation === 'is one of' ? 'a, b, c' : 'value'}
            value={row.value}
            aria-invalid={faultOf(row) === null ? null : 'true'}
            aria-describedby={faultOf(row) === null ? null : `fault-${i}`}
            onInput={(event: Event) => edit(i, { value: valueOf(event) })}
          />
          <button type="button" class="quiet" aria-label={`Remove condition ${i + 1}`} onClick={() => remove(i)}>
            Remove
          </button>
          {faultOf(row) === null ? null : (
            <p id={`fault-${i}`} class="fault" role="alert">
              {faultOf(row)}
            </p>
          )}
        </div>
      ))}
      <button ref={add} type="button" class="quiet" onClick={() => change([...rows, { key: '', relation: 'is', value: '' }])}>
        Add a condition
      </button>
    </fieldset>
  );
}
