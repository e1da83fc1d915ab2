import { answer } from './app.ts';

export default {
  fetch: (request: Request, env: { REDIS_URL: string }, context: { waitUntil: (work: Promise<unknown>) => void }): Promise<Response> =>
    answer(request, env.REDIS_URL, (work) => context.waitUntil(work)),
};
