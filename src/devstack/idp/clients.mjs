/**
 * The ways Gatehouse can be known to this provider.
 *
 * @module
 */

import { readFileSync } from 'node:fs';

import { TOKEN_EXCHANGE } from './exchange.mjs';
import { UsageError } from './options.mjs';
import { workloadClient } from './spiffe.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/**
 * @param {Options} options
 * @returns {Record<string, unknown>[]} Client metadata (OpenID Connect Registration 1.0 §2).
 * @throws {UsageError} When the file with the client's keys cannot be used.
 */
export function clients(options) {
  // The library takes client_secret_post from a client registered for client_secret_basic too.
  const known = [
    {
      ...shared(options),
      client_id: 'gatehouse',
      client_secret: options.clientSecret,
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ];
  const workload = options.workload && workloadClient(options.workload, shared(options));
  return [...known, ...keyed(options), ...(workload ? [workload] : [])];
}

/** @param {Options} options */
function keyed(options) {
  if (options.clientJwks === undefined) return [];
  const client = {
    ...shared(options),
    client_id: 'gatehouse-jwt',
    jwks: publicKeys(options.clientJwks),
    token_endpoint_auth_method: 'private_key_jwt',
  };
  return [client];
}

/** @param {Options} options */
function shared({ bff, backchannel, features }) {
  const grants = ['authorization_code'];
  if (features.has('refresh-tokens')) grants.push('refresh_token');
  if (features.has('token-exchange')) grants.push(TOKEN_EXCHANGE);
  return {
    client_name: 'Gatehouse',
    grant_types: grants,
    response_types: ['code'],
    redirect_uris: bff.map((origin) => `${origin}/auth/callback`),
    post_logout_redirect_uris: bff.map((origin) => `${origin}/`),
    ...(features.has('backchannel-logout') && {
      backchannel_logout_uri: backchannel,
      backchannel_logout_session_required: true,
    }),
  };
}

/** @param {string} path */
function publicKeys(path) {
  try {
    const { keys } = JSON.parse(readFileSync(path, 'utf8'));
    if (!Array.isArray(keys) || keys.length === 0) throw new Error('it has no list "keys"');
    if (keys.some((key) => 'd' in key)) throw new Error('it holds a private key, give the public one');
    return { keys };
  } catch (error) {
    throw new UsageError([`--client-jwks ${path}: ${/** @type {Error} */ (error).message}`]);
  }
}
