import { expect, test } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { createOllama } from '../../../functions/_kernel/upstreams/ollama.ts';
import { json, scriptedServers } from './scripted.ts';

const serve = scriptedServers();
const ask = (url: string) => createOllama({ url, headers: {} }).capabilities(new AbortController().signal, 'm');

test('a model says what it is for', async () => {
  const { url, seen } = await serve(json(200, { capabilities: ['embedding'] }));
  expect(await ask(url)).toEqual(['embedding']);
  expect(seen).toMatchObject([{ method: 'POST', path: '/api/show', body: { model: 'm' } }]);
});

test('an Ollama that is too old to say leaves it open', async () => {
  const { url } = await serve(json(200, { details: {} }));
  expect(await ask(url)).toBeNull();
});

test('a model that is not there is missing', async () => {
  const { url } = await serve(json(404, { error: "model 'm' not found" }));
  const error = await ask(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamFault);
  expect((error as UpstreamFault).fault).toEqual({ kind: 'model_missing', model: 'm' });
});
