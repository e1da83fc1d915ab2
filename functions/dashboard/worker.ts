import { Hono } from 'hono';
import { configOf, securityHeaders } from './settings.ts';

/** What the page is made of, by its path: static assets at the edge, files on Node. */
export type Assets = { fetch(request: Request): Response | Promise<Response> };
export type Dashboard = {
  Bindings: { ASSETS: Assets; GATEWAY_PUBLIC_URL?: string; /** Only the emulator's own server has it. */ EMULATOR?: true };
};

const METHODS = ['GET', 'HEAD'];
/** A name with its content's hash in it never means anything else. */
const HASHED = /^\/[a-z]+-[A-Z0-9]{8}\.(?:js|css)$/;

const app = new Hono<Dashboard>();
app.use('*', async function secured(c, next) {
  await next();
  for (const [name, value] of Object.entries(securityHeaders(configOf(c.env.GATEWAY_PUBLIC_URL)))) c.res.headers.set(name, value);
});
app.use('*', async function readOnly(c, next) {
  if (METHODS.includes(c.req.method)) return next();
  return c.text(`This answers ${METHODS.join(' and ')}.`, 405, { Allow: METHODS.join(', ') });
});
app.get('/config.json', (c) => c.json(configOf(c.env.GATEWAY_PUBLIC_URL, c.env.EMULATOR), 200, { 'Cache-Control': 'no-store' }));
app.get('*', async (c) => {
  const path = new URL(c.req.url).pathname;
  // Nothing of a request but its path goes on, and no answer but a file or its absence comes back.
  const found = await c.env.ASSETS.fetch(new Request(new URL(path, c.req.url)));
  if (found.status !== 200) return c.text('There is nothing here; the page is at /.', 404);
  return new Response(found.body, {
    headers: {
      'Content-Type': found.headers.get('content-type') ?? 'application/octet-stream',
      'Cache-Control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
});
app.onError((_, c) => c.text('The dashboard is not configured: GATEWAY_PUBLIC_URL must be a URL of http or https.', 500));

export default app;
