import type { Hit } from '../_kernel/http/fields.ts';
import { analyse } from '../_kernel/retrieval/analyse.ts';
import { detectLanguage } from '../_kernel/retrieval/languages.ts';

/**
 * Whether any passage shares a word with the question, function words aside.
 *
 * Only for passages found by words: a neural embedder may find what shares no word with the question.
 */
export function speaksOf(question: string, hits: readonly Hit[]): boolean {
  const language = detectLanguage(question);
  const asked = new Set(analyse(question, language).stems);
  return hits.some(({ text, title }) => analyse(`${title ?? ''}\n${text}`, language).stems.some((stem) => asked.has(stem)));
}
