import { errorBody, errorType, messageOf, type Answer, type Asker } from './answer.ts';
import { variableOf } from './fields.ts';

/** After these nginx closes the connection, since it cannot know where the next request begins. */
export const CLOSING = new Set([400, 413, 414, 494, 500, 501]);

/**
 * The answer to what nginx itself found wrong: a malformed request, or a service that failed.
 *
 * Unlike a plugin's error it goes by the request's content type when there is no `Accept`, and is plain text when there is neither.
 * 494 is nginx's code for too large a header, and is sent as 400. Source: kong/error_handlers.lua.
 */
export function trouble(asker: Asker, status: number): Answer {
  if (status === 501) return nginxPage('501 Not Implemented');
  if (status === 505) return nginxPage('505 HTTP Version Not Supported');
  const accept = variableOf(asker.headers, 'accept') ?? variableOf(asker.headers, 'content-type') ?? 'text/plain';
  const type = errorType(accept);
  const body = errorBody(type, messageOf(status), asker.id);
  return { status: status === 494 ? 400 : status, body, headers: [['Content-Type', type]] };
}

/** nginx's own page, for the statuses that Kong has no error page for. */
function nginxPage(title: string): Answer {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n`;
  return { status: Number(title.slice(0, 3)), body, headers: [['Content-Type', 'text/html']] };
}
