/**
 * Who has to log in again, and what is granted without a question.
 *
 * @module
 */

import { interactionPolicy } from 'oidc-provider';

/** How sure the provider is of the person (OpenID Connect Core 1.0 §2, `acr`), weakest first. */
export const ACR = Object.freeze({
  password: 'urn:gatehouse:acr:password',
  confirmed: 'urn:gatehouse:acr:confirmed',
});

/**
 * Whether a request asks for more than a password given some time ago.
 *
 * @param {string | undefined} acrValues
 */
export function stronger(acrValues) {
  return acrValues?.split(' ').includes(ACR.confirmed) ?? false;
}

/** The library's own rules, and one more: a request for the stronger `acr` asks for the password again. */
export function prompts() {
  const policy = interactionPolicy.base();
  const unconfirmed = new interactionPolicy.Check(
    'acr_values',
    'the requested authentication context was not reached',
    'login_required',
    (/** @type {any} */ { oidc }) => stronger(oidc.params.acr_values) && oidc.acr !== ACR.confirmed,
  );
  policy.get('login')?.checks.add(unconfirmed);
  return policy;
}

/**
 * Grant what the request asks for: its only clients are the provider's own application.
 *
 * Each authorization gets a grant of its own, so that a stolen and reused refresh token takes
 * down the login that it came from, and not the person's other ones.
 *
 * @param {any} ctx
 */
export async function grantWithoutConsent({ oidc }) {
  const grant = new oidc.provider.Grant({
    accountId: oidc.session.accountId,
    clientId: oidc.client.clientId,
  });
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
  grant.addOIDCClaims([...oidc.requestParamClaims]);
  for (const [resource, server] of Object.entries(oidc.resourceServers)) {
    const wanted = [...oidc.requestParamScopes].filter((scope) => server.scopes.has(scope));
    grant.addResourceScope(resource, wanted.join(' '));
  }
  await grant.save();
  return grant;
}
