import { bestSentences } from '../../functions/_kernel/retrieval/extract.ts';
import { withEarlierTerms, type Turn } from '../../functions/_kernel/retrieval/follow-up.ts';
import { detectLanguage, isFunctionWord } from '../../functions/_kernel/retrieval/languages.ts';
import { readPrompt } from './prompt.ts';
import { extractiveAnswer } from './writer.ts';

type Fields = Record<string, unknown>;

// With or without a key in the tag, as a passage.
const TURN = /<(turn(?:-[0-9a-f]+)?) role="(user|assistant)">\n?([\s\S]*?)\n?<\/\1>/g;
const ITEMS_MAX = 100;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});

/**
 * Answers with JSON that keeps a schema, as Ollama's `format` does (https://docs.ollama.com/capabilities/structured-outputs).
 *
 * It has no words of its own: a string is its extractive answer; a list of strings repeats the question's words (with earlier turns'
 * content words where the prompt has turns, then the content words, then halves of them); a list of integers has the numbers of the
 * passages that share words with the question, by their best sentence's BM25 score. Anything else is null, 0 or false.
 */
export function structuredAnswer(schema: unknown, message: string): string {
  return JSON.stringify(filled(fieldsOf(schema), message));
}

function filled(schema: Fields, message: string): unknown {
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(Object.entries(fieldsOf(schema['properties'])).map(([name, of]) => [name, filled(fieldsOf(of), message)]));
    case 'array': {
      const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : ITEMS_MAX;
      const type = fieldsOf(schema['items'])['type'];
      return (type === 'string' ? queries(message) : type === 'integer' ? ranking(message) : []).slice(0, most);
    }
    case 'string':
      return extractiveAnswer(message);
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function queries(message: string): string[] {
  const turns = [...message.matchAll(TURN)].map(([, , role, content]): Turn => {
    return { role: role === 'user' ? 'user' : 'assistant', content: content ?? '' };
  });
  const { question } = readPrompt(message.replace(TURN, ''));
  const alone = turns.length === 0 ? [] : [withEarlierTerms(question, turns)];
  const language = detectLanguage(question);
  const words = (question.match(/[\p{L}\p{N}\p{M}_-]+/gu) ?? []).filter((word) => !isFunctionWord(word.toLowerCase(), language));
  const half = Math.ceil(words.length / 2);
  const said = [words, words.slice(0, half), words.slice(half)].map((some) => some.join(' '));
  return [...new Set([...alone, ...said])].filter((one) => one !== '');
}

function ranking(message: string): number[] {
  const { passages, question } = readPrompt(message);
  const even = passages.map(({ text }) => ({ text, score: 0 }));
  return [...new Set(bestSentences(question, even, Infinity).map(({ passage }) => passages[passage]!.id))];
}
