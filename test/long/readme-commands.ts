// What becomes of each command of the README: run and judged by what it says, or named with the reason why it is not.

/** A command, what it says, and its exit status where that is not 0. */
export type Judged = [command: string, says: RegExp, status?: number];

/** While the emulator runs, in the README's order: what is written, and what it says. */
export const SERVED: Judged[] = [
  ['npm run rag -- ingest ./docs', /ingested +1 files? /],
  ['npm run rag -- ask "What happens when Redis is down?"', /\[1\][^]*README\.md:\d+/],
  ['npm run rag -- search "circuit breaker" --limit 3', /README\.md/],
  [
    `curl -s "http://127.0.0.1:8000/api/v1/rag/search?q=breaker" -H "apikey: $(grep ^API_KEY= .env | cut -d= -f2)"`,
    /^\{"query":"breaker".*"hits":\[\{/,
  ],
  ['npm run doctor', /reaches the functions/],
  ['npm run rag -- fault ollama down', /ollama/],
  ['npm run rag -- ask "How long is a breaker open?"', /embedding_unavailable:sparse_only/],
  ['npm run rag -- ask "How long is a breaker open?"', /extractive/],
  ['npm run rag -- ask "How long is a breaker open?"', /generation_unavailable:extractive/],
  ['curl -s http://127.0.0.1:8000/api/v1/rag/status/health', /"ollama_embedding":\{[^}]*"state":"open"|"ollama_embedding"[^}]*"open"/],
  ['npm run rag -- fault ollama up && sleep 31', /ollama/],
  ['npm run rag -- ask "How long is a breaker open?"', /^(?![^]*_unavailable)[^]*\[1\]/],
  ['npm run rag -- collections reindex default', /succeeded|reindexed/],
];
/** Without it. */
export const ALONE: Judged[] = [
  ['npm run reset', /removes? nothing|--yes/, 1],
  ['npm run migrate -- --from http://old:6333 --to http://new:6333 --dry-run', /things/],
  ['npm run deploy -- search --dry-run', /^rag-search: [\d.]+ KiB[^]*Nothing was deployed/m],
  ['npm run --silent gateway:render -- --target edge > edge.rendered.yml', /^$/],
  ['npm run eval -- test/judged --answers', /ndcg10 +0\.[67]/],
  ['npm run load -- --users 50 --seconds 60 --scenario outage', /p99/],
];
/** Not here, and why. */
export const ELSEWHERE: Record<string, string> = {
  'npm ci && npm start': 'its second half begins this suite; CI begins with its first',
  'npm start -- ./my-folder --ask "How do I reset the device?"': 'a test of its own below',
  'npm ci': 'CI begins with it',
  'npm ci && npm test': 'CI begins with it',
  'npm run test:offline': 'CI runs it',
  'npm run test:long': 'runs this suite',
  'npm run audit': 'asks the registry; compose/audit.test.ts judges each of its answers',
  'npm pack': 'pack.test.ts installs the package into an empty folder',
  'npm run --silent rag -- mcp': 'journeys/protocols.test.ts talks with it',
  'npm run bench -- search': 'takes minutes, and its figures mean nothing beside other work',
  'ollama pull nomic-embed-text && ollama pull llama3.2': 'needs Ollama',
  'npm run up': 'needs an engine; compose/up.test.ts goes through it with a docker that answers by a script',
  'npm run up -- qdrant-cluster observability': 'as npm run up',
  'npm run up -- qdrant-cluster --migrate': 'as npm run up; compose/migrate.test.ts moves between two stand-ins',
  'npm run ps && npm run down': 'as npm run up',
  'npm run deploy -- search query --env staging': 'needs an account; deploy.test.ts goes as far as it can without',
  'npx wrangler secret put SERVICE_TOKEN --name rag-search': 'needs an account',
  'npx wrangler versions list --name rag-search && npx wrangler rollback --name rag-search': 'needs an account',
};
