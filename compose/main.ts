import { startServer } from './server.ts';

/** The process of a container: serves until it is told to stop, then ends what it began. */
try {
  const server = await startServer({
    env: process.env,
    port: Number(process.env.PORT ?? 8080),
    host: process.env.HOST ?? '0.0.0.0',
    // A container may serve some of the functions only: FUNCTIONS=query,status (its health check and its scraper ask status).
    functions: process.env.FUNCTIONS ? process.env.FUNCTIONS.split(',').map((name) => name.trim()) : null,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close().then(() => process.exit(0)));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
