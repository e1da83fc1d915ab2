import { createRedisServer } from 'js-redis-server';

const { server, host, port } = await createRedisServer();
// It writes each reply of a pipeline by itself; with Nagle's algorithm the second would wait for 40 ms.
server.server.on('connection', (socket) => socket.setNoDelay(true));
process.send!(`redis://${host}:${port}`);
