/**
 * What this provider can do, in the library's words.
 *
 * @module
 */

import { errors } from 'oidc-provider';

import { claimsOf } from './accounts.mjs';
import { clients } from './clients.mjs';
import { TOKEN_EXCHANGE } from './exchange.mjs';
import { errorPage, logoutPage, signedOutPage } from './pages.mjs';
import { ACR, grantWithoutConsent, prompts } from './policy.mjs';
import { connected, STANDS_IN } from './spiffe.mjs';
import { shelf } from './storage.mjs';
import { AUDIENCE } from './tokens.mjs';

const SCOPES = 'openid profile email';
/** The library's own, which have to be told again beside another. */
const METHODS = ['client_secret_basic', 'client_secret_jwt', 'client_secret_post', 'private_key_jwt', 'none'];
const ONE_DAY = 24 * 60 * 60;

/**
 * @param {import('./options.mjs').Options} options
 * @param {import('./keys.mjs').Keys} keys
 * @param {import('./accounts.mjs').Accounts} accounts
 */
export function configuration(options, keys, accounts) {
  return {
    adapter: () => shelf(),
    jwks: keys.jwks,
    cookies: { keys: keys.cookies },
    clients: clients(options),
    findAccount: (/** @type {unknown} */ _ctx, /** @type {string} */ sub) => account(accounts, sub),
    ...told(accounts),
    ...kept(options),
    features: features(options),
    ...(options.workload && { clientAuthMethods: [...METHODS, STANDS_IN] }),
    interactions: { policy: prompts() },
    loadExistingGrant: grantWithoutConsent,
    pkce: { required: () => true },
    responseTypes: ['code'],
    clientBasedCORS: () => false,
    renderError: async (/** @type {any} */ ctx, /** @type {any} */ { error, error_description: text }) => {
      ctx.type = 'html';
      ctx.body = errorPage(error, text);
    },
    fetch: toLoopbackToo,
  };
}

/**
 * Which claims go into which token.
 *
 * @param {import('./accounts.mjs').Accounts} accounts
 */
function told(accounts) {
  return {
    acrValues: Object.values(ACR),
    claims: {
      openid: ['sub', 'tenant_id', 'acr', 'auth_time'],
      profile: ['name'],
      email: ['email', 'email_verified'],
    },
    extraTokenClaims: async (/** @type {any} */ ctx, /** @type {any} */ token) => ({
      tenant_id: accounts.find(token.accountId)?.tenant_id,
      ...(token.gty === TOKEN_EXCHANGE && { act: ctx.state.act }),
    }),
  };
}

/**
 * How long things live, and what ends a refresh token.
 *
 * @param {import('./options.mjs').Options} options
 */
function kept({ accessTtl, refreshTtl, features: on }) {
  const capped = (/** @type {any} */ _ctx, /** @type {any} */ token) =>
    Math.min(accessTtl, token.resourceServer?.accessTokenTTL ?? accessTtl);
  return {
    ttl: {
      AccessToken: capped,
      AuthorizationCode: 60,
      Grant: Math.max(refreshTtl, ONE_DAY),
      IdToken: accessTtl,
      Interaction: 10 * 60,
      RefreshToken: refreshTtl,
      Session: ONE_DAY,
    },
    rotateRefreshToken: on.has('rotation'),
    // By the client's policy: the library drops offline_access from a request without prompt=consent.
    issueRefreshToken: async (/** @type {any} */ _ctx, /** @type {any} */ client) =>
      client.grantTypeAllowed('refresh_token'),
    // A refresh token outlives the logout at the provider, as offline_access does in the field:
    // the BFF has to revoke it.
    expiresWithSession: async () => false,
  };
}

/** @param {import('./options.mjs').Options} options */
function features({ features: on, workload }) {
  return {
    ...(workload && { mTLS: connected }),
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    pushedAuthorizationRequests: { enabled: on.has('par') },
    dPoP: { enabled: on.has('dpop') },
    backchannelLogout: { enabled: on.has('backchannel-logout') },
    revocation: { enabled: on.has('revocation') },
    introspection: {
      enabled: on.has('introspection'),
      allowedPolicy: async (/** @type {any} */ _ctx, /** @type {any} */ client, /** @type {any} */ token) =>
        token.clientId === client.clientId,
    },
    userinfo: { enabled: on.has('userinfo') },
    rpInitiatedLogout: { enabled: on.has('end-session'), logoutSource, postLogoutSuccessSource },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (/** @type {any} */ _ctx, /** @type {any} */ _client, /** @type {any} */ oneOf) =>
        oneOf?.[0] ?? AUDIENCE,
      useGrantedResource: async () => true,
      getResourceServerInfo,
    },
  };
}

/** @param {any} _ctx @param {string} resource */
async function getResourceServerInfo(_ctx, resource) {
  if (resource !== AUDIENCE) throw new errors.InvalidTarget();
  return { scope: SCOPES, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
}

/** @param {any} ctx @param {string} form */
async function logoutSource(ctx, form) {
  const { IdTokenHint: hint } = ctx.oidc.entities;
  // Without the ID token of this very session, any page could log a person out: ask them.
  ctx.body = logoutPage(form, hint?.payload.sub === ctx.oidc.session.accountId);
}

/** @param {any} ctx */
async function postLogoutSuccessSource(ctx) {
  ctx.type = 'html';
  ctx.body = signedOutPage();
}

/**
 * @param {import('./accounts.mjs').Accounts} accounts
 * @param {string} sub
 */
async function account(accounts, sub) {
  const person = accounts.find(sub);
  return person && { accountId: sub, claims: async () => claimsOf(person) };
}

/**
 * The library calls nothing on special-use addresses (a guard against SSRF). Here the BFF's
 * back-channel logout endpoint stands on loopback, so for loopback alone the guard is left out.
 *
 * @param {URL | string} url
 * @param {RequestInit & { dispatcher?: unknown }} options
 */
async function toLoopbackToo(url, { dispatcher, ...options }) {
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
  return fetch(url, /** @type {RequestInit} */ (local ? options : { ...options, dispatcher }));
}
