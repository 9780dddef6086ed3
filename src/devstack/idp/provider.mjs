/**
 * The local identity provider: `node provider.mjs --help`.
 *
 * A real OpenID Provider with made-up people, for a developer's machine. It listens on 127.0.0.1
 * only, while the BFF is on localhost: to a browser they are two sites, as in real life.
 *
 * @module
 */

import { once } from 'node:events';
import { createServer } from 'node:http';

import { readOptions, USAGE, UsageError } from './options.mjs';

const HOST = '127.0.0.1';

async function main() {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const server = createServer();
  const port = await listening(server, options.port);
  const issuer = `http://${HOST}:${port}`;
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopped(server));
  // Loaded once the port is ours: what is wrong with the command line is told by itself.
  const app = import('./app.mjs').then(({ provider }) => provider(issuer, options, complain));
  const answer = app.then((provider) => provider.callback());
  // Whoever is early waits instead of being forgotten.
  server.on('request', async (request, response) => (await answer)(request, response));
  await answer;
  console.log(JSON.stringify({ ready: true, issuer }));
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<number>} The port it got.
 * @throws {UsageError} When somebody else has it.
 */
async function listening(server, port) {
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
    throw new UsageError([`port ${port} on ${HOST} is in use: stop what listens there, or choose another with --port`]);
  }
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** @param {import('node:http').Server} server */
function stopped(server) {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

/** @param {string} text */
function complain(text) {
  console.error(`identity provider: ${text}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  error.faults.forEach(complain);
  process.exit(1);
}
