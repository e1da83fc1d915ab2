import type { Assets, Dashboard } from '../../../functions/dashboard/worker.ts';

/** The page as a test has it: what it is asked for is kept. */
export function page(): { assets: Assets; asked: Request[] } {
  const files: Record<string, [type: string, body: string]> = {
    '/': ['text/html; charset=utf-8', '<!doctype html><title>page</title>'],
    '/main-ABCD2345.js': ['text/javascript; charset=utf-8', 'export {};'],
  };
  const asked: Request[] = [];
  return {
    asked,
    assets: {
      fetch(request) {
        asked.push(request);
        const found = files[new URL(request.url).pathname];
        if (found === undefined) return new Response('of the asset server', { status: 404, headers: { 'x-inside': 'yes' } });
        return new Response(found[1], { headers: { 'content-type': found[0], 'x-inside': 'yes' } });
      },
    },
  };
}

export const bindings = (assets: Assets, gateway?: string): Dashboard['Bindings'] => ({
  ASSETS: assets,
  ...(gateway !== undefined && { GATEWAY_PUBLIC_URL: gateway }),
});
