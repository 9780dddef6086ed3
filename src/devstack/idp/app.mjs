/**
 * The provider put together: the library, our pages and our additions, in the order of their turn.
 *
 * @module
 */

import { Provider } from 'oidc-provider';

import { Accounts } from './accounts.mjs';
import { configuration } from './configuration.mjs';
import { offerTokenExchange } from './exchange.mjs';
import { testControl } from './faults.mjs';
import { keysFor } from './keys.mjs';
import { loginPages } from './login.mjs';
import { contentSecurityPolicy } from './pages.mjs';
import { workloadAuthentication } from './spiffe.mjs';
import { Tokens } from './tokens.mjs';
import { userinfo } from './userinfo.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/**
 * @param {string} issuer
 * @param {Options} options
 * @param {(text: string) => void} complain Where faults nobody is told of by an answer go.
 * @throws {UsageError} When a file named in the options cannot be used.
 */
export async function provider(issuer, options, complain) {
  const keys = await keysFor(options.keys);
  const accounts = new Accounts(options.password);
  const tokens = new Tokens(issuer, keys.jwks);
  const app = new Provider(issuer, /** @type {any} */ (configuration(options, keys, accounts)));
  if (options.features.has('token-exchange')) offerTokenExchange(app, tokens);
  app.use(testControl());
  app.use(headers(options.bff));
  app.use(loginPages(app, accounts));
  if (options.workload) app.use(workloadAuthentication(app, issuer, options.workload));
  if (options.features.has('userinfo')) app.use(userinfo(app.urlFor('userinfo'), accounts, tokens));
  app.on('server_error', (_ctx, error) => complain(`an answer failed: ${error.stack}`));
  app.on('backchannel.error', (_ctx, error, client) =>
    complain(`back-channel logout of ${client.clientId} was not delivered: ${error.message}`),
  );
  return app;
}

/**
 * @param {string[]} origins
 * @returns {import('koa').Middleware}
 */
function headers(origins) {
  const policy = contentSecurityPolicy(origins);
  return async (ctx, next) => {
    ctx.set('Content-Security-Policy', policy);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'same-origin');
    await next();
  };
}
