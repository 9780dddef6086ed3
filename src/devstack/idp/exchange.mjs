/**
 * Token exchange (RFC 8693): an access token for one more audience, naming who acts for whom.
 *
 * @module
 */

import { errors } from 'oidc-provider';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

/** Audiences that a token may be exchanged for: one agent each. */
const AGENT = /^urn:gatehouse:agent:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const PARAMETERS = [
  'audience',
  'resource',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
];

/**
 * @param {any} provider
 * @param {import('./tokens.mjs').Tokens} tokens
 */
export function offerTokenExchange(provider, tokens) {
  const exchanged = async (/** @type {any} */ ctx) => {
    const { params, client } = ctx.oidc;
    checked(params);
    const subject = await presented(tokens, params, 'subject');
    const actor = params.actor_token ? await presented(tokens, params, 'actor') : undefined;
    const token = new provider.AccessToken({ accountId: subject.sub, client, gty: TOKEN_EXCHANGE });
    token.resourceServer = new provider.ResourceServer(target(params), {
      scope: subject.scope ?? '',
      accessTokenFormat: 'jwt',
      // Never longer than the token that it was made from.
      accessTokenTTL: subject.exp - Math.floor(Date.now() / 1000),
      jwt: { sign: { alg: 'RS256' } },
    });
    token.scope = narrowed(subject.scope, params.scope);
    ctx.state.act = { sub: actor?.sub ?? client.clientId, ...(subject.act && { act: subject.act }) };
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: token.expiration,
      scope: token.scope || undefined,
    };
  };
  provider.registerGrantType(TOKEN_EXCHANGE, exchanged, PARAMETERS);
}

/** @param {Record<string, string | undefined>} params */
function checked(params) {
  if (!params.subject_token || !params.subject_token_type) {
    throw new errors.InvalidRequest('subject_token and subject_token_type are required');
  }
  if (Boolean(params.actor_token) !== Boolean(params.actor_token_type)) {
    throw new errors.InvalidRequest('actor_token and actor_token_type go together');
  }
  if (![undefined, ACCESS_TOKEN, JWT].includes(params.requested_token_type)) {
    throw new errors.InvalidRequest('requested_token_type must be an access token');
  }
}

/**
 * @param {import('./tokens.mjs').Tokens} tokens
 * @param {Record<string, string | undefined>} params
 * @param {'subject' | 'actor'} role
 */
async function presented(tokens, params, role) {
  if (![ACCESS_TOKEN, JWT].includes(params[`${role}_token_type`] ?? '')) {
    throw new errors.InvalidRequest(`${role}_token_type must be an access token`);
  }
  const claims = await tokens.verified(params[`${role}_token`] ?? '');
  // RFC 8693 §2.2.2: a token that is unacceptable for any reason is invalid_request.
  if (!claims) throw new errors.InvalidRequest(`${role}_token is not valid here`);
  if (claims.cnf) throw new errors.InvalidRequest(`${role}_token is bound to a key`);
  return claims;
}

/**
 * @param {Record<string, string | undefined>} params
 * @returns {string}
 */
function target(params) {
  const wanted = params.audience ?? params.resource;
  if (!wanted || !AGENT.test(wanted)) {
    throw new errors.InvalidTarget('the audience must be urn:gatehouse:agent:<name>');
  }
  return wanted;
}

/**
 * @param {string | undefined} held
 * @param {string | undefined} wanted
 */
function narrowed(held, wanted) {
  const scopes = new Set(held?.split(' ') ?? []);
  const more = wanted?.split(' ').find((scope) => !scopes.has(scope));
  if (more) throw new errors.InvalidScope('the subject token does not hold this scope', more);
  return wanted ?? held;
}
