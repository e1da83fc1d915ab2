import { expect, test } from 'vitest';
import { connect, type Connections } from '../../../functions/_kernel/connect.ts';
import { removeDocument } from '../../../functions/_kernel/corpus/removal.ts';
import { keepEvidenceLevels } from '../../../functions/_kernel/corpus/statistics.ts';
import type { Store } from '../../../functions/_kernel/corpus/store.ts';
import { readEnv } from '../../../functions/_kernel/env.ts';
import { incomingOf, ingest } from '../../../functions/ingest/ingest.ts';
import { ingestRequest } from '../../../functions/ingest/contract.ts';
import { work, type WorkContext } from '../../../functions/ingest/work.ts';
import ingestWorker from '../../../functions/ingest/worker.ts';
import { queryRequest, type QueryResponse } from '../../../functions/query/contract.ts';
import { remembered } from '../../../functions/query/remembered.ts';
import { NOBODY } from '../../../functions/query/reply.ts';
import query from '../../../functions/query/worker.ts';
import { call, expectStatus } from '../call.ts';
import { dyingAtWrite, workContext } from '../ingest/dying-worker.ts';
import { DEATH_STEP, useWorld } from '../world.ts';

// What is written while somebody asks, or by a worker that dies, must never leave an old answer behind.

const world = useWorld({}, { CACHE_TTL_SECONDS: '600' });
const asked = (collection: string) => ({ question: 'Who keeps the vault code?', collection, answerMode: 'extractive' });
const said = (who: string) => `The vault code is kept by the ${who}.`;

async function ask(collection: string, env = world.env): Promise<QueryResponse> {
  const answer = await call(query, env, { path: '/query', json: asked(collection) });
  expectStatus(answer, 200);
  return answer.body as QueryResponse;
}
/** Killing a worker at each of its writes is some twenty small ingestions, and other suites keep the machine busy. */
const OFTEN = { timeout: 60_000 };
/** Checks that what is remembered now is what would be answered anew. */
async function expectNothingStale(collection: string, when: string): Promise<string> {
  const anew = await ask(collection, { ...world.env, CACHE_TTL_SECONDS: '0' });
  expect((await ask(collection)).answer, when).toBe(anew.answer);
  return anew.answer;
}
/** Accepts a document as a job that nobody works on yet. */
async function accepted(context: WorkContext, collection: string, who: string): Promise<string> {
  const { documents } = ingestRequest.parse({ collection, documents: [{ id: 'a', text: said(who) }] });
  return ingest(context, collection, incomingOf(documents), null);
}
/** Puts a document into a collection, without the waiting that a request does. */
async function write(collection: string, who: string): Promise<void> {
  const context = workContext(world);
  await work(context, await accepted(context, collection, who));
}
/** A reader without a request around it, so that a test can stop it at one of its reads. */
async function readBy(collection: string, change: (connections: Connections) => Store): Promise<void> {
  const deferred: Promise<unknown>[] = [];
  const connections = connect(readEnv(world.env), {
    requestId: 'reader',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (one) => void deferred.push(one),
    atEnd: () => {},
  });
  await remembered({ ...connections, store: change(connections) }, queryRequest.parse(asked(collection)), NOBODY);
  await Promise.all(deferred);
}

test('a writer that dies at any write leaves no old answer, nor does the one that goes on', OFTEN, async () => {
  let killed = true;
  for (let n = 1; killed; n += DEATH_STEP) {
    const collection = `written-${n}`;
    await write(collection, 'librarian');
    expect((await ask(collection)).answer).toContain('librarian');
    const context = workContext(world);
    const jobId = await accepted(context, collection, 'gardener');
    const dying = dyingAtWrite(context, n);
    await work(dying, jobId).catch(() => {});
    killed = dying.died();
    await expectNothingStale(collection, `after write ${n}`);
    await work(workContext(world), jobId);
    expect(await expectNothingStale(collection, `after the job that died at write ${n} went on`)).toContain('gardener');
    expect(await ask(collection), `write ${n}: remembered again`).toMatchObject({ cached: true });
  }
});

test('the same document from another job ends what a dead writer began', OFTEN, async () => {
  let killed = true;
  for (let n = 1; killed; n += DEATH_STEP) {
    const collection = `other-job-${n}`;
    await write(collection, 'librarian');
    await ask(collection);
    const context = workContext(world);
    const dying = dyingAtWrite(context, n);
    await work(dying, await accepted(context, collection, 'gardener')).catch(() => {});
    killed = dying.died();
    await work(workContext(world), await accepted(context, collection, 'gardener'));
    expect(await expectNothingStale(collection, `write ${n}`)).toContain('gardener');
    expect(await ask(collection), `write ${n}: remembered again`).toMatchObject({ cached: true });
  }
});

test('a delete that dies at any write leaves no answer of what is gone', OFTEN, async () => {
  let killed = true;
  for (let n = 1; killed; n += DEATH_STEP) {
    const collection = `deleted-${n}`;
    await write(collection, 'librarian');
    await ask(collection);
    const dying = dyingAtWrite(workContext(world), n);
    await removeDocument(dying.store, collection, 'a').catch(() => {});
    killed = dying.died();
    await expectNothingStale(collection, `after write ${n}`);
    await removeDocument(workContext(world).store, collection, 'a').catch(() => {});
    expect(await expectNothingStale(collection, `deleted again after write ${n}`)).toBe('');
    expect(await ask(collection), `write ${n}: remembered again`).toMatchObject({ cached: true });
  }
});

test('who asks between any two writes leaves no old answer behind', async () => {
  const collection = 'between';
  await write(collection, 'librarian');
  const context = workContext(world);
  let writes = 0;
  const counted: Store['write'] = async (operation) => {
    writes++;
    await ask(collection);
    return context.store.write(operation);
  };
  await work({ ...context, store: { ...context.store, write: counted } }, await accepted(context, collection, 'gardener'));
  expect(writes).toBeGreaterThan(4);
  expect(await expectNothingStale(collection, 'at the end')).toContain('gardener');
});

test('who is overtaken by a write at any read leaves no old answer behind', OFTEN, async () => {
  let overtaken = true;
  for (let n = 1; overtaken; n += DEATH_STEP) {
    const collection = `overtaken-${n}`;
    await write(collection, 'librarian');
    let reads = 0;
    await readBy(collection, ({ corpus }) => {
      const store = corpus('ann');
      const read: Store['read'] = async (operation) => {
        if (++reads === n) await write(collection, 'gardener');
        return store.read(operation);
      };
      return { ...store, read };
    });
    overtaken = reads >= n;
    if (!overtaken) expect(reads).toBeGreaterThanOrEqual(3);
    else expect(await expectNothingStale(collection, `read ${n}`)).toContain('gardener');
  }
});

test('evidence levels that were measured anew are asked, not what was answered by the old ones', async () => {
  const collection = 'measured';
  await write(collection, 'librarian');
  expect(await ask(collection)).toMatchObject({ answerable: true });
  expect(await ask(collection)).toMatchObject({ cached: true });
  await keepEvidenceLevels(workContext(world).store, `ann.${collection}.v1`, { passages: 100_000, words: 99, dense: null });
  expect(await ask(collection)).toMatchObject({ answerable: false });
});

test('a reindexing begins anew', async () => {
  const collection = 'reindexed';
  await write(collection, 'librarian');
  await ask(collection);
  expect(await ask(collection)).toMatchObject({ cached: true });
  const begun = await call(ingestWorker, world.env, { method: 'POST', path: `/collections/${collection}/reindex` });
  expectStatus(begun, 202);
  const ended = await call(ingestWorker, world.env, { path: `/ingest/jobs/${begun.body.jobId}` });
  expect(ended.body.state, ended.text).toBe('succeeded');
  expect(await ask(collection)).not.toHaveProperty('cached');
  expect(await ask(collection)).toMatchObject({ cached: true });
});
