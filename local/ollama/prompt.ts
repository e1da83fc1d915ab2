/** What the extractive writer reads in a prompt: numbered passages, and the question they were found for. */
export type ReadPrompt = { passages: { id: number; text: string }[]; question: string };

// A key in the tag's name keeps a passage's own text from ending it.
const PASSAGE = /<(passage(?:-[0-9a-f]+)?) id="(\d+)"[^>]*>\n?([\s\S]*?)\n?<\/\1>/g;

/**
 * Reads `<passage id="1" …>…</passage>` blocks, with or without a key in the tag (`passage-1f3a`), and the last line that starts with `Question:`.
 *
 * Without such a line the question is what stands outside the passages.
 */
export function readPrompt(message: string): ReadPrompt {
  const passages = [...message.matchAll(PASSAGE)].map(([, , id, text]) => ({ id: Number(id), text: unescaped(text ?? '') }));
  const outside = message.replace(PASSAGE, '').trim();
  const question = /^Question:\s*([\s\S]+)$/m.exec(outside.slice(Math.max(0, outside.lastIndexOf('\nQuestion:'))).trim());
  return { passages, question: (question?.[1] ?? outside).trim() };
}

/** Markup that a prompt's builder shows as text is quoted as what it was. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#91;', '[').replaceAll('&amp;', '&');
}
