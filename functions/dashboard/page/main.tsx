import { render } from 'hono/jsx/dom';
import { App } from './app.tsx';
import { gatewayUrl } from './place.ts';
import { applyTheme } from './theme.tsx';

applyTheme();
render(<App gateway={gatewayUrl} />, document.querySelector('#page')!);
