/**
 * The people of the two made-up companies, and the one password that lets all of them in.
 *
 * @module
 */

import { createHash, timingSafeEqual } from 'node:crypto';

/** @typedef {{ sub: string, name: string, email: string, tenant_id: string }} Person */

/** @type {readonly Person[]} */
const PEOPLE = [
  { sub: 'alice', name: 'Alice Archer', email: 'alice@acme.test', tenant_id: 'acme' },
  { sub: 'bob', name: 'Bob Baker', email: 'bob@acme.test', tenant_id: 'acme' },
  { sub: 'carol', name: 'Carol Chen', email: 'carol@globex.test', tenant_id: 'globex' },
];

/** Who may log in, and what a token says about them. */
export class Accounts {
  #password;

  /** @param {string} password */
  constructor(password) {
    this.#password = digest(password);
  }

  /**
   * @param {string} login An e-mail address, in any case.
   * @param {string} password
   * @returns {Person | undefined} Undefined for an unknown person and for a wrong password alike.
   */
  authenticate(login, password) {
    // Compared before the person is looked up, and as digests of one length: how long a refusal
    // takes tells neither who exists nor how much of the password was right.
    const right = timingSafeEqual(digest(password), this.#password);
    const person = PEOPLE.find(({ email }) => email === login.trim().toLowerCase());
    return right ? person : undefined;
  }

  /** @param {string} sub */
  find(sub) {
    return PEOPLE.find((person) => person.sub === sub);
  }
}

/**
 * The claims of a person (OpenID Connect Core 1.0 §5.1); which of them are told depends on the scope.
 *
 * @param {Person} person
 */
export function claimsOf({ sub, name, email, tenant_id }) {
  return { sub, name, email, email_verified: true, tenant_id };
}

/** @param {string} text */
function digest(text) {
  return createHash('sha256').update(text).digest();
}
