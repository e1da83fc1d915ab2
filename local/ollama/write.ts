import type { ServerResponse } from 'node:http';
import { fitToContext, type Message } from './fit.ts';
import type { Model } from './models.ts';
import { Refusal, flagField, formatField, keepAliveField, numberField, optionsField, textField, type Body } from './request.ts';
import { countTokens } from './tokens.ts';
import { structuredAnswer } from './structured.ts';
import { extractiveAnswer } from './writer.ts';

/** Chat and generate differ in how a request carries its text and how a line carries a piece of the answer. */
export type Shape = 'chat' | 'generate';

/** The messages of a request; generate's prompt is one user message behind an optional system message. */
export function chatField(body: Body, shape: Shape): Message[] {
  if (shape === 'generate') {
    const prompt = textField(body, 'prompt');
    const system = textField(body, 'system');
    if (prompt === '') return [];
    return [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content: prompt }];
  }
  const messages = body['messages'] ?? [];
  if (!Array.isArray(messages))
    throw new Refusal(400, 'json: cannot unmarshal object into Go struct field ChatRequest.messages of type []api.Message');
  return messages.map((message: unknown) => {
    const fields: Body = typeof message === 'object' && message !== null ? { ...message } : {};
    const role = textField(fields, 'role');
    if (!['system', 'user', 'assistant', 'tool'].includes(role))
      throw new Refusal(400, `invalid role: ${role}, must be one of ["user", "assistant", "system", "tool"]`);
    return { role, content: textField(fields, 'content') };
  });
}

type Writing = {
  body: Body;
  name: string;
  model: Model;
  messages: Message[];
  shape: Shape;
  numCtx: number;
  loadMs: number;
  started: number;
  response: ServerResponse;
  signal: AbortSignal;
  now: () => number;
  wait: (ms: number) => Promise<void>;
  wordMs: number;
};

/** Streams the answer a word a line, or sends it whole; the last line carries the reason for ending and the counts. */
export async function writeAnswer(writing: Writing): Promise<void> {
  const { body, model, messages, response, signal, wait, wordMs } = writing;
  if (messages.length === 0) return send(writing, [end(writing, '', keepAliveField(body) === 0 ? 'unload' : 'load', null)], true);
  const stream = flagField(body, 'stream', true);
  const fitted = fitToContext(messages, Math.min(writing.numCtx, model.contextLength));
  if (fitted.cut && !flagField(body, 'truncate', true)) throw new Refusal(400, 'the input length exceeds the context length');
  const message = fitted.messages.at(-1)?.content ?? '';
  const schema = formatField(body);
  const text = schema === null || !model.structured ? extractiveAnswer(message) : structuredAnswer(schema, message);
  const { words, reason } = limited(text, numberField(optionsField(body), 'num_predict'));
  const counts = { prompt: fitted.tokens, answer: words.reduce((sum, word) => sum + countTokens(word), 0) };
  if (model.diesAfterWords !== null) words.length = Math.min(words.length, model.diesAfterWords);
  const died = model.diesAfterWords === null ? null : new Refusal(500, 'an error was encountered while running the model: unexpected EOF');
  if (!stream) {
    if (died) throw died;
    return send(writing, [end(writing, words.join(''), reason, counts)], true);
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const word of words) {
    if (signal.aborted) return;
    response.write(`${JSON.stringify(line(writing, word, false))}\n`);
    await wait(wordMs);
  }
  if (died) throw died;
  send(writing, [end(writing, '', reason, counts)], false);
}

/** Words with the space before them, as many as `num_predict` tokens allow (negative or absent: all). */
function limited(text: string, numPredict: number | null): { words: string[]; reason: 'stop' | 'length' } {
  const words: string[] = [];
  let tokens = 0;
  for (const [word] of text.matchAll(/\s*\S+/g)) {
    tokens += countTokens(word);
    if (numPredict !== null && numPredict >= 0 && tokens > numPredict) return { words, reason: 'length' };
    words.push(word);
  }
  return { words, reason: 'stop' };
}

function line({ name, shape, now }: Writing, text: string, done: boolean): object {
  const piece = shape === 'chat' ? { message: { role: 'assistant', content: text } } : { response: text };
  return { model: name, created_at: new Date(now()).toISOString(), ...piece, done };
}

function end(writing: Writing, text: string, reason: string, counts: { prompt: number; answer: number } | null): object {
  const last = { ...line(writing, text, true), done_reason: reason };
  if (counts === null) return last;
  const total = Math.round((writing.now() - writing.started) * 1e6);
  return {
    ...last,
    ...(writing.shape === 'generate' && { context: [] }),
    total_duration: total,
    load_duration: Math.round(writing.loadMs * 1e6),
    prompt_eval_count: counts.prompt,
    prompt_eval_duration: 0,
    eval_count: counts.answer,
    eval_duration: total,
  };
}

function send({ response }: Writing, lines: object[], whole: boolean): void {
  if (whole && !response.headersSent) response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(lines.map((one) => JSON.stringify(one)).join('\n') + (whole ? '' : '\n'));
}
