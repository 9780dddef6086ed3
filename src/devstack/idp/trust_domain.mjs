/**
 * A trust domain whose workloads are known here: its keys, and what its JWT-SVIDs must say.
 *
 * @module
 */

import { createLocalJWKSet, errors, jwtVerify } from 'jose';

/** JWT-SVID §2.1. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

const TIMEOUT_MS = 3000;
const FRESH_MS = 60 * 1000;

/** An answer in the words of OAuth (RFC 6749 §5.2). */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} text
   */
  constructor(status, code, text) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

/** @param {string} text */
export function refused(text) {
  return new Refused(401, 'invalid_client', text);
}

/** Its public keys are at a URL, as a SPIFFE bundle or a JWK set (SPIFFE Trust Domain and Bundle §4). */
export class TrustDomain {
  #url;
  #keys = createLocalJWKSet({ keys: [] });
  #fetchedAt = -Infinity;

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /**
   * @param {unknown} svid A JWT-SVID, perhaps.
   * @param {{ audience: string, subject: string }} expected
   * @throws {Refused} Unless it is signed here, says just that, and has not ended.
   */
  async verify(svid, { audience, subject }) {
    if (typeof svid !== 'string' || !svid) throw refused('client_assertion must be given, once');
    try {
      const { payload, protectedHeader } = await jwtVerify(svid, (header, token) => this.#key(header, token), {
        algorithms: ALGORITHMS,
        audience,
        subject,
        requiredClaims: ['sub', 'aud', 'exp'],
      });
      if (![undefined, 'JWT', 'JOSE'].includes(protectedHeader.typ)) throw refused('the typ is none of a JWT-SVID');
      // Each of several audiences could use it at the others (draft-ietf-oauth-rfc7523bis §4).
      if (Array.isArray(payload.aud) && payload.aud.length !== 1) throw refused('the audience must be this provider alone');
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused(`the JWT-SVID is not good here: ${error.code}`);
      throw error;
    }
  }

  /**
   * @param {import('jose').JWSHeaderParameters} header
   * @param {import('jose').FlattenedJWSInput} token
   */
  async #key(header, token) {
    if (performance.now() - this.#fetchedAt > FRESH_MS) await this.#fetch();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // The trust domain may have a new key.
      await this.#fetch();
      return this.#keys(header, token);
    }
  }

  async #fetch() {
    try {
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { keys } = /** @type {any} */ (await answer.json());
      this.#keys = createLocalJWKSet({ keys: keys.filter(signsJwts).map(usable) });
      this.#fetchedAt = performance.now();
    } catch {
      throw new Refused(503, 'temporarily_unavailable', 'the keys of the trust domain cannot be fetched');
    }
  }
}

/**
 * Not those of certificates: `use` says which.
 *
 * @param {import('jose').JWK} key
 */
function signsJwts({ use }) {
  return [undefined, 'jwt-svid', 'sig'].includes(use);
}

/**
 * The same without `use`: the library of signatures takes no keys for `jwt-svid`.
 *
 * @param {import('jose').JWK} key
 */
function usable({ use, ...key }) {
  return key;
}
