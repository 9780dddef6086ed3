/**
 * The provider's signing key and the keys of its cookies, made at start or kept in a file.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { exportJWK, generateKeyPair } from 'jose';

import { UsageError } from './options.mjs';

/** @typedef {{ jwks: { keys: import('jose').JWK[] }, cookies: string[] }} Keys */

/**
 * @param {string | undefined} path
 * @returns {Promise<Keys>}
 * @throws {UsageError} When the file is there and cannot be used.
 */
export async function keysFor(path) {
  if (path === undefined) return made();
  return stored(path) ?? kept(path, await made());
}

/** @returns {Promise<Keys>} */
async function made() {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('hex') };
  return { jwks: { keys: [jwk] }, cookies: [randomBytes(32).toString('base64url')] };
}

/**
 * @param {string} path
 * @returns {Keys | undefined}
 */
function stored(path) {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new UsageError([`--keys ${path}: others can read it; chmod 600, or delete it to get new keys`]);
    }
    const { jwks, cookies } = JSON.parse(readFileSync(path, 'utf8'));
    if (!jwks?.keys?.length || !cookies?.length) throw new Error('it does not hold keys of this program');
    return { jwks, cookies };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw new UsageError([`--keys ${path}: ${/** @type {Error} */ (error).message}`]);
  }
}

/**
 * @param {string} path
 * @param {Keys} keys
 */
function kept(path, keys) {
  try {
    // wx: never through a link, or over a file, that somebody else has put there.
    writeFileSync(path, JSON.stringify(keys), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new UsageError([`--keys ${path}: ${/** @type {Error} */ (error).message}`]);
  }
  return keys;
}
