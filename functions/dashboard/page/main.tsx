import { render } from 'hono/jsx/dom';
import type { ConfigResponse } from '../contract.ts';
import { App } from './app.tsx';
import { applyTheme } from './theme.tsx';

applyTheme();
let asked: Promise<string> | null = null;
/** Where the gateway is, asked once; a failure is forgotten, so that the next call asks again. */
const gateway = (): Promise<string> => {
  asked ??= fetch('/config.json')
    .then((response) => response.json() as Promise<ConfigResponse>)
    .then(({ gatewayUrl }) => gatewayUrl)
    .catch((error: unknown) => {
      asked = null;
      throw error;
    });
  return asked;
};
render(<App gateway={gateway} />, document.querySelector('#page')!);
