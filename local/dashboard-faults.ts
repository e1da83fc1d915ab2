import { Hono } from 'hono';
import { createClient } from '../functions/_kernel/client/client.ts';
import { FAULTY, type Faulty } from './control.ts';
import { parseFault, type Faults } from './faults.ts';

/** Marks the page's own requests: a foreign page can send it only after a preflight, which nothing here answers. */
const MARK = 'x-rag-dashboard';

/**
 * What lets the dashboard break and mend stand-ins: `GET /emulator/faults` and `POST /emulator/faults/<stand-in>`.
 *
 * Answers only its own page (Host against DNS rebinding, Origin and a header of its own against forged requests), and only whom the
 * gateway knows as an admin: the caller's credential is shown to it, at a route that admits admins and does nothing.
 */
export function faultRoutes(options: {
  origin: string;
  gatewayUrl: string;
  standIns: Readonly<Record<Faulty, Faults | null>>;
  ask?: typeof fetch;
}): Hono {
  const { origin, gatewayUrl, standIns, ask = fetch } = options;
  const { host } = new URL(origin);
  const isAdmin = async ({ apiKey, token }: { apiKey?: string; token?: string | undefined }): Promise<boolean> => {
    const credential = { ...(apiKey !== undefined && { apiKey }), ...(token !== undefined && { token }) };
    try {
      return await createClient({ url: gatewayUrl, ...credential, fetch: ask, retries: 0 }).hasRole('admin');
    } catch {
      return false; // a credential that cannot be one, or a gateway that did not say
    }
  };
  const current = () => Object.fromEntries(FAULTY.map((name) => [name, standIns[name]?.current() ?? null]));
  const app = new Hono();
  app.use('/emulator/*', async function ownPageOfAnAdmin(c, next) {
    const from = c.req.header('origin');
    const isOwn = c.req.header('host') === host && (c.req.method === 'GET' ? (from ?? origin) === origin : from === origin);
    if (!isOwn || c.req.header(MARK) === undefined) return c.json({ error: "only the dashboard's own page is answered" }, 403);
    const [apiKey, token] = [c.req.header('apikey'), c.req.header('authorization')?.replace(/^Bearer /, '')];
    if (!(await isAdmin(apiKey === undefined ? { token } : { apiKey }))) {
      return c.json({ error: 'the gateway does not know you as an admin' }, 403);
    }
    await next();
  });
  app.get('/emulator/faults', (c) => c.json(current()));
  app.post('/emulator/faults/:name', async (c) => {
    const name = FAULTY.find((one) => one === c.req.param('name'));
    if (name === undefined) return c.json({ error: `the stand-ins are ${FAULTY.join(', ')}` }, 404);
    const faults = standIns[name];
    if (faults === null) return c.json({ error: `${name} is the real one here; only a stand-in can be made to fail` }, 409);
    try {
      await faults.set(parseFault(await c.req.json()));
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : String(error) }, 400);
    }
    return c.json(current());
  });
  return app;
}
