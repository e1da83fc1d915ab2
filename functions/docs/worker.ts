import { createFunction } from '../_kernel/http/app.ts';
import document from './openapi.json' with { type: 'json' };
import type { OpenApi } from './page/document.ts';
import { page } from './page.ts';

/** As long as a deployment usually takes to be looked at. */
const CACHED = 'public, max-age=300';
const json = JSON.stringify(document);

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/** The page, and headers that let nothing but its own style work (CSP level 3). Made by the first request of an isolate, some milliseconds. */
async function make() {
  // The compiler sees each of the document's objects as a type of its own.
  const { html, style } = page(document as unknown as OpenApi);
  const policy = `default-src 'none'; style-src '${await hashOf(style)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return {
    html,
    headers: {
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': CACHED,
    },
  };
}
let made: ReturnType<typeof make> | null = null;

const app = createFunction('docs');
app.get('/openapi.json', (c) => c.body(json, 200, { 'Content-Type': 'application/json', 'Cache-Control': CACHED }));
app.get('/docs', async (c) => {
  made ??= make();
  const { html, headers } = await made;
  return c.html(html, 200, headers);
});

export default app;
