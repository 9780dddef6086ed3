/**
 * Reading back the access tokens that this provider has signed (RFC 9068).
 *
 * The library signs them, but keeps nothing of them and takes them nowhere itself: neither at its
 * userinfo endpoint nor, having no token exchange, as a subject token.
 *
 * @module
 */

import { createLocalJWKSet, jwtVerify } from 'jose';

/** The audience of access tokens that were not exchanged for one agent alone. */
export const AUDIENCE = 'urn:gatehouse:agents';

/**
 * @typedef {import('jose').JWTPayload & {
 *   sub: string, exp: number, scope?: string, act?: object, cnf?: { jkt?: string } }} AccessClaims
 */

/** The reader of one issuer's tokens. */
export class Tokens {
  #issuer;
  #keys;

  /**
   * @param {string} issuer
   * @param {{ keys: import('jose').JWK[] }} jwks
   */
  constructor(issuer, jwks) {
    this.#issuer = issuer;
    this.#keys = createLocalJWKSet({ keys: jwks.keys.map(({ kty, n, e, kid, alg }) => ({ kty, n, e, kid, alg })) });
  }

  /**
   * @param {string} token
   * @returns {Promise<AccessClaims | undefined>} Undefined where the token is not one of ours, or is over.
   */
  async verified(token) {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.#issuer,
        typ: 'at+jwt',
        algorithms: ['RS256'],
        requiredClaims: ['sub', 'exp'],
      });
      return /** @type {AccessClaims} */ (payload);
    } catch {
      return undefined;
    }
  }
}
