import type { ControlFile } from '../control.ts';
import { listModels } from '../ollama/models.ts';
import { EMBEDDING_LENGTH } from '../ollama/embedder.ts';
import type { Settings } from '../settings.ts';
import { modelsOf } from '../wiring.ts';
import { findingsOn, shownUrl, type Finding } from './finding.ts';
import { ask, member } from './http.ts';

const { ok, note, wrong } = findingsOn('ollama');

/** What of a model decides whether an index made by it can be read with another; null where it cannot be told. */
type Known = { digest: string | null; dimension: number | null };
/** The configured embedding model, what is known of it or any other (null when it is certainly not there), and what brings one. */
export type Embedding = { model: string; known(name: string): Promise<Known | null>; remedy(name: string): string };
type Listed = { name: string; digest: string | null };

function listed(tags: unknown): Listed[] {
  const models = member(tags, 'models');
  return (Array.isArray(models) ? models : []).map((one: unknown) => {
    const digest = member(one, 'digest');
    return { name: String(member(one, 'name')), digest: typeof digest === 'string' ? digest : null };
  });
}

const find = (models: readonly Listed[], name: string) => models.find((one) => one.name === name || one.name === `${name}:latest`);

/** One model of the configuration: there, of the right kind, and with room for the context that is asked of it. */
async function examineModel(
  url: string,
  name: string,
  kind: 'embedding' | 'completion',
  numCtx: number | null,
): Promise<{ findings: Finding[]; dimension: number | null }> {
  const shown = await ask(url, '/api/show', { body: { model: name } });
  if ('failed' in shown || shown.status !== 200)
    return { findings: [wrong(`${name} cannot be shown`, `ollama pull ${name}`)], dimension: null };
  const capabilities = member(shown.json, 'capabilities');
  const key = kind === 'embedding' ? 'OLLAMA_EMBEDDING_MODEL' : 'OLLAMA_GENERATION_MODEL';
  const example = kind === 'embedding' ? 'nomic-embed-text' : 'llama3.2';
  // Ollama says so since 0.6.4; an older one says nothing, which proves nothing.
  if (Array.isArray(capabilities) && !capabilities.includes(kind))
    return {
      findings: [
        wrong(`${name} is no model for ${kind === 'embedding' ? 'embedding' : 'writing'}`, `set ${key} to one, such as ${example}`),
      ],
      dimension: null,
    };
  const architecture = String(member(shown.json, 'model_info', 'general.architecture'));
  const [length, context] = ['embedding_length', 'context_length'].map((what) =>
    member(shown.json, 'model_info', `${architecture}.${what}`),
  );
  const dimension = kind === 'embedding' && typeof length === 'number' ? length : null;
  const findings = [ok(`${name} is there${dimension === null ? '' : `, ${dimension} dimensions`}`)];
  if (numCtx !== null && typeof context === 'number' && numCtx > context)
    findings.push(wrong(`OLLAMA_NUM_CTX is ${numCtx}, but ${name} reads ${context} tokens`, `set OLLAMA_NUM_CTX to at most ${context}`));
  return { findings, dimension };
}

/** Whether Ollama answers and has both models. @returns also what can be told of embedding models. */
export async function examineOllama(
  settings: Settings,
  running: ControlFile | null,
): Promise<{ findings: Finding[]; embedding: Embedding }> {
  const models = modelsOf(settings);
  const standIn = settings.real.ollama === null;
  const url = settings.real.ollama ?? running?.addresses.ollama ?? null;
  const remedy = (name: string) => (standIn ? 'set OLLAMA_URL, or take the model names out of .env' : `ollama pull ${name}`);
  const knowing = (known: Embedding['known']): Embedding => ({ model: models.embedding, known, remedy });
  const unknown = knowing(async () => ({ digest: null, dimension: null }));
  if (url === null) {
    const own = listed(listModels());
    return {
      findings: [note('OLLAMA_URL is not set: a stand-in without weights will stand there (emulated-embed, emulated-extract)')],
      embedding: knowing(async (name) => {
        const found = find(own, name);
        return found === undefined ? null : { digest: found.digest, dimension: EMBEDDING_LENGTH };
      }),
    };
  }
  const at = shownUrl(url);
  const version = await ask(url, '/api/version');
  if ('failed' in version)
    return { findings: [wrong(`${at} ${version.failed}`, 'start it with ollama serve, or correct OLLAMA_URL')], embedding: unknown };
  if (version.status === 401 || version.status === 403)
    return {
      findings: [
        wrong(
          `${at} asks for credentials, which no one here has`,
          'let these machines through the proxy before Ollama, or use its own port',
        ),
      ],
      embedding: unknown,
    };
  const number = member(version.json, 'version');
  if (version.status !== 200 || typeof number !== 'string')
    return {
      findings: [wrong(`${at} answers ${version.status}, but not as Ollama`, 'set OLLAMA_URL to http://host:11434, without a path')],
      embedding: unknown,
    };
  const findings = [ok(standIn ? `stand-in at ${at} answers, without weights` : `${at} answers, Ollama ${number}`)];
  const tags = await ask(url, '/api/tags');
  const present = listed('failed' in tags ? null : tags.json);
  const dimensions = new Map<string, Promise<number | null>>();
  for (const [name, kind] of [
    [models.embedding, 'embedding'],
    [models.generation, 'completion'],
  ] as const) {
    if (find(present, name) === undefined) {
      findings.push(wrong(standIn ? `${name} is no model of the stand-in` : `${name} is not there`, remedy(name)));
      continue;
    }
    const numCtx = kind === 'completion' ? Number(settings.tuning['OLLAMA_NUM_CTX'] ?? 4_096) : null;
    const seen = await examineModel(url, name, kind, numCtx);
    findings.push(...seen.findings);
    if (kind === 'embedding') dimensions.set(name, Promise.resolve(seen.dimension));
  }
  // Many collections are made with one model: it is looked at once.
  const dimensionOf = async (name: string): Promise<number | null> => {
    const looking = dimensions.get(name) ?? examineModel(url, name, 'embedding', null).then(({ dimension }) => dimension);
    dimensions.set(name, looking);
    return looking;
  };
  const known = async (name: string) => {
    if ('failed' in tags) return { digest: null, dimension: null };
    const found = find(present, name);
    return found === undefined ? null : { digest: found.digest, dimension: await dimensionOf(name) };
  };
  return { findings, embedding: knowing(known) };
}
