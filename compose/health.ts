/** A container's health check: 0 when the server answers the path with 200 in time. Default: `/status/health`, ready to search. */
const path = process.argv[2] ?? '/api/v1/rag/status/health';
try {
  const response = await fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}${path}`, { signal: AbortSignal.timeout(4_000) });
  const text = await response.text();
  // What is printed is kept by Docker and shown by `docker inspect`.
  console.log(`${response.status} ${text.slice(0, 500)}`);
  process.exitCode = response.status === 200 ? 0 : 1;
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

export {};
