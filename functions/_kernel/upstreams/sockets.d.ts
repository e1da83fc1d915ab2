declare module 'cloudflare:sockets' {
  import type { Socket, SocketAddress, SocketOptions } from '@cloudflare/workers-types';
  /** Opens a TCP connection (https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/). */
  export function connect(address: string | SocketAddress, options?: SocketOptions): Socket;
}
