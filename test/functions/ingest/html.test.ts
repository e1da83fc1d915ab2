import { expect, test } from 'vitest';
import { htmlText } from '../../../functions/ingest/html.ts';

test.each([
  ['blocks are apart by a blank line', '<h1>One</h1><p>two</p><ul><li>three<li>four</ul>', '# One\n\ntwo\n\n- three\n- four'],
  ['inline markup joins and separates as it is read', '<p>Read <b>me</b>, <i>pl</i>ease</p>', 'Read me, please'],
  ['white space is one space', '<p>a\n   b\t c</p>', 'a b c'],
  ['entities are their characters', '<p>&lt;b&gt; &amp; caf&eacute; &#x1F600; &copy</p>', '<b> & café 😀 ©'],
  ['what is not seen is not read', '<p>a</p><script>b</script><style>c</style><nav>d</nav><template>e</template><!-- f -->', 'a'],
  ['preformatted text keeps its lines', '<pre>a\n  b\n\nc</pre>', '```\na\n  b\n\nc\n```'],
  ['a line break is one', '<p>a<br>b</p>', 'a\nb'],
  ['markup that is not closed is read all the same', '<div><p>a<p>b<b>c', 'a\n\nbc'],
])('%s', (_, html, text) => {
  expect(htmlText(html).text).toBe(text);
});

test('the title is that of the page, else its first heading', () => {
  expect(htmlText('<title> The\n page </title><h1>Heading</h1>').title).toBe('The page');
  expect(htmlText('<h1>Heading <i>one</i></h1><h1>two</h1>').title).toBe('Heading one');
  expect(htmlText('<p>none</p>').title).toBeNull();
});

test('ten thousand nested elements cost neither the stack nor minutes', () => {
  const depth = 10_000;
  const started = performance.now();
  expect(htmlText(`${'<div>'.repeat(depth)}deep${'</div>'.repeat(depth)}`).text).toBe('deep');
  expect(htmlText(`${'<b>'.repeat(depth)}deep`).text).toBe('deep');
  expect(performance.now() - started).toBeLessThan(3_000);
});
