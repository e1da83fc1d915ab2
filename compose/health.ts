/** Whether a server answers a path with 200 within four seconds, and what it said: kept by Docker, shown by `docker inspect`. */
export async function isReady(path: string, port: string): Promise<{ ready: boolean; said: string }> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) });
    return { ready: response.status === 200, said: `${response.status} ${(await response.text()).slice(0, 500)}` };
  } catch (error) {
    return { ready: false, said: error instanceof Error ? error.message : String(error) };
  }
}

if (import.meta.main) {
  // Ready to search, unless another path is asked for.
  const { ready, said } = await isReady(process.argv[2] ?? '/api/v1/rag/status/health', process.env.PORT ?? '8080');
  console.log(said);
  process.exitCode = ready ? 0 : 1;
}
