/**
 * The userinfo endpoint for signed access tokens (OpenID Connect Core 1.0 §5.3, RFC 9449 §7.1).
 *
 * @module
 */

import { createHash } from 'node:crypto';

import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

import { claimsOf } from './accounts.mjs';
import { AUDIENCE } from './tokens.mjs';

/** A proof may be this old; RFC 9449 §11.1 wants minutes at most. */
const PROOF_SECONDS = 60;

/**
 * @param {string} url This endpoint's own.
 * @param {import('./accounts.mjs').Accounts} accounts
 * @param {import('./tokens.mjs').Tokens} tokens
 * @returns {import('koa').Middleware}
 */
export function userinfo(url, accounts, tokens) {
  const { pathname } = new URL(url);
  return async (ctx, next) => {
    if (ctx.path !== pathname || !['GET', 'POST'].includes(ctx.method)) return next();
    const [scheme = '', token = ''] = ctx.get('authorization').split(' ');
    // What is not a JWT is the library's to answer.
    if (token.split('.').length !== 3) return next();
    ctx.set('Cache-Control', 'no-store');
    const claims = await tokens.verified(token);
    const held = claims && (await holds(ctx, { scheme, token, url, jkt: claims.cnf?.jkt }));
    // A token exchanged for one agent is that agent's to use, and tells it no more about the person.
    const person = held && claims.aud === AUDIENCE && accounts.find(claims.sub);
    if (!person) return refused(ctx, 401, 'invalid_token');
    const scopes = new Set(claims.scope?.split(' '));
    if (!scopes.has('openid')) return refused(ctx, 403, 'insufficient_scope');
    ctx.body = told(claimsOf(person), scopes);
  };
}

/**
 * @param {ReturnType<typeof claimsOf>} claims
 * @param {Set<string>} scopes
 */
function told({ sub, tenant_id, name, email, email_verified }, scopes) {
  return {
    sub,
    tenant_id,
    ...(scopes.has('profile') && { name }),
    ...(scopes.has('email') && { email, email_verified }),
  };
}

/**
 * Whether the caller may use the token: a bound one needs a proof of its key (RFC 9449 §4.3).
 *
 * @param {import('koa').Context} ctx
 * @param {{ scheme: string, token: string, url: string, jkt: string | undefined }} use
 */
async function holds(ctx, { scheme, token, url, jkt }) {
  if (jkt === undefined) return scheme.toLowerCase() === 'bearer';
  if (scheme.toLowerCase() !== 'dpop') return false;
  try {
    const { payload, protectedHeader } = await jwtVerify(ctx.get('dpop'), EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'Ed25519', 'EdDSA'],
      maxTokenAge: PROOF_SECONDS,
    });
    const ath = createHash('sha256').update(token).digest('base64url');
    const key = await calculateJwkThumbprint(/** @type {import('jose').JWK} */ (protectedHeader.jwk));
    return payload.htm === ctx.method && payload.htu === url && payload.ath === ath && key === jkt;
  } catch {
    return false;
  }
}

/**
 * @param {import('koa').Context} ctx
 * @param {number} status
 * @param {string} error
 */
function refused(ctx, status, error) {
  ctx.status = status;
  ctx.set('WWW-Authenticate', `Bearer error="${error}"`);
  ctx.body = { error };
}
