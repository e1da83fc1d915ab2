import { expect, test } from 'vitest';
import { batches } from '../../../functions/_kernel/client/client.ts';
import { READABLE_ENDINGS } from '../../../functions/_kernel/file-types.ts';
import { CLIENT_BATCH_BYTES, CLIENT_BATCH_FILES, INGEST_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';

const file = (name: string, bytes = 1) => ({ name, bytes });
const cut = (...files: { name: string; bytes: number }[]) => batches(files, (one) => one);

test('every file that the service reads is sent, whatever the case of its ending; any other is refused before', () => {
  const readable = READABLE_ENDINGS.flatMap((ending) => [file(`a${ending}`), file(`folder/B${ending.toUpperCase()}`)]);
  expect(READABLE_ENDINGS).toEqual(expect.arrayContaining(['.markdown', '.ndjson']));
  expect(cut(...readable)).toEqual({ batches: [readable], refused: [] });
  const { refused, batches: sent } = cut(file('a.png'), file('md'), file('a.md/b'));
  expect(sent).toEqual([]);
  expect(refused.map(({ documentId, code }) => [documentId, code])).toEqual(
    ['a.png', 'md', 'a.md/b'].map((name) => [name, 'media_type_unsupported']),
  );
});

test('no request holds more files or bytes than it may; a large file goes alone, one that is too large not at all', () => {
  const many = Array.from({ length: CLIENT_BATCH_FILES + 1 }, (_, i) => file(`${i}.md`));
  expect(cut(...many).batches.map(({ length }) => length)).toEqual([CLIENT_BATCH_FILES, 1]);
  const large = file('large.md', CLIENT_BATCH_BYTES + 1);
  expect(cut(file('a.md'), large, file('b.md')).batches).toEqual([[file('a.md')], [large], [file('b.md')]]);
  const { batches: sent, refused } = cut(file('huge.md', INGEST_BODY_MAX_BYTES), file('a.md', 0));
  expect(sent).toEqual([[file('a.md', 0)]]);
  expect(refused).toMatchObject([{ documentId: 'huge.md', code: 'body_too_large', detail: expect.stringContaining('split it') }]);
});
