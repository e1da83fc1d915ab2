import { createInterface } from 'node:readline';
import type { QueryInput, QueryResponse } from '../../functions/_kernel/client/client.ts';
import { HISTORY_MESSAGES_MAX, HITS_DEFAULT, HITS_MAX, QUERY_MAX_CHARS } from '../../functions/_kernel/limits.ts';
import { answerMode } from '../../functions/query/contract.ts';
import { citationLines, harmless, oneLine } from '../show.ts';
import { EXIT, oneOf, wholeNumber, type Call, type Command } from './command.ts';

async function answer({ client, collection, out }: Call, input: QueryInput, signal?: AbortSignal): Promise<QueryResponse> {
  let whole: QueryResponse | null = null;
  for await (const { event, data } of client.stream(input, { ...(signal !== undefined && { signal }) })) {
    if (event === 'token') out.write(harmless(data.text));
    if (event === 'done') whole = data;
  }
  const { answerable, reason, citations, unsupported, degraded } = whole!; // a stream without its `done` has thrown
  out.tell(whole);
  if (out.json) return whole!;
  out.say(answerable ? '\n' : `The documents do not answer this (${reason}).`);
  out.say(...(await citationLines(client, collection, citations)));
  if (unsupported.length > 0) out.say(out.dim(`  without support: ${unsupported.map((one) => oneLine(one, 80)).join(' · ')}`));
  if (degraded.length > 0) out.say(out.dim(`  degraded: ${degraded.join(', ')}`));
  return whole!;
}

type Turn = NonNullable<QueryInput['history']>[number];

function said(question: string, found: QueryResponse | null): Turn[] {
  const asked: Turn = { role: 'user', content: question.slice(0, QUERY_MAX_CHARS) };
  return found?.answerable === true ? [asked, { role: 'assistant', content: found.answer.slice(0, QUERY_MAX_CHARS) }] : [asked];
}

/** Questions line by line, each asked with what was said before; ends with the input. */
async function converse(call: Call, input: Omit<QueryInput, 'question'>): Promise<number> {
  const { out, at } = call;
  const lines = createInterface({ input: at.stdin, ...(out.terminal && { output: at.stdout }), prompt: '? ' });
  let ended = false;
  lines.once('close', () => (ended = true));
  let leaving: AbortController | null = null;
  // On a terminal the keys come here: Ctrl-C ends the answer, or what follows none.
  lines.on('SIGINT', () => (leaving === null ? lines.close() : leaving.abort()));
  let history: Turn[] = [];
  let status: number = EXIT.nothing;
  if (out.terminal) out.say(out.dim('Ask; Ctrl-D ends.'));
  lines.prompt();
  for await (const line of lines) {
    const question = line.trim();
    if (question !== '') {
      leaving = new AbortController();
      const { signal } = leaving;
      const found = await answer(call, { ...input, question, history }, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        out.say('');
        return null;
      });
      leaving = null;
      if (found?.answerable === true) status = EXIT.done;
      history = [...history, ...said(question, found)].slice(-HISTORY_MESSAGES_MAX);
    }
    if (out.terminal && !ended) lines.prompt();
  }
  return status;
}

export const ask: Command = {
  name: 'ask',
  synopsis: '["<question>"]',
  summary: 'answers from the documents, with citations; without a question, a conversation',
  example: 'ask "what happens when Redis is down?"',
  options: {
    limit: { value: 'N', help: `passages to answer from, 1–${HITS_MAX}; default ${HITS_DEFAULT}` },
    answer: {
      value: 'HOW',
      known: answerMode.options,
      help: 'auto (default), generated, or extractive: sentences as they stand in the documents',
    },
  },
  notes: 'Without a question, each line of standard input is one, asked with what was said before.',
  async run(call) {
    const limit = wholeNumber(call, 'limit', 1, HITS_MAX);
    const input = { collection: call.collection, limit, answerMode: oneOf(call, 'answer', answerMode.options) };
    const question = call.words.join(' ').trim();
    if (question === '') return converse(call, input);
    return (await answer(call, { ...input, question })).answerable ? EXIT.done : EXIT.nothing;
  },
};
