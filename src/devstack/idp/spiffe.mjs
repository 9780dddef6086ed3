/**
 * A client that is a workload: it shows a JWT-SVID instead of a secret (OAuth SPIFFE Client
 * Authentication, draft-ietf-oauth-spiffe-client-auth §3.1).
 *
 * The library has no way to add a method of client authentication. It has one that asks us who has
 * connected, for certificates, and refuses where we do not know (RFC 8705 §2.1): such a client is
 * registered with its SPIFFE ID, and a verified assertion answers that question. So nothing but
 * this module can let the client in, and without it nobody can.
 *
 * A JWT-SVID has no `jti`, and agents hand the same one out for half of its life: that it is used
 * again cannot be refused. Its short life and its one audience are what limits a stolen one.
 *
 * @module
 */

import { parse } from 'node:querystring';

import { Refused, refused, TrustDomain } from './trust_domain.mjs';

const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe';
const CLIENT_ID = 'gatehouse-spiffe';

/** What the library calls the method whose questions are answered here. */
export const STANDS_IN = 'tls_client_auth';
const METHOD = 'spiffe_jwt';

const MAX_BODY_BYTES = 56 * 1024;

/** @typedef {{ id: string, keys: string }} Workload The client's SPIFFE ID, and where its trust domain's keys are. */

/**
 * @param {Workload} workload
 * @param {Record<string, unknown>} shared
 */
export function workloadClient(workload, shared) {
  return {
    ...shared,
    client_id: CLIENT_ID,
    token_endpoint_auth_method: STANDS_IN,
    tls_client_auth_san_uri: workload.id,
  };
}

/** The library's questions about who has connected. */
export const connected = {
  enabled: true,
  tlsClientAuth: true,
  getCertificate: (/** @type {any} */ ctx) => ctx.state.workload,
  certificateAuthorized: (/** @type {any} */ ctx) => ctx.state.workload !== undefined,
  certificateSubjectMatches: (/** @type {any} */ ctx, /** @type {string} */ property, /** @type {string} */ expected) =>
    property === 'tls_client_auth_san_uri' && expected === ctx.state.workload,
};

/**
 * @param {any} provider
 * @param {string} issuer
 * @param {Workload} workload
 * @returns {import('koa').Middleware}
 */
export function workloadAuthentication(provider, issuer, workload) {
  const names = ['token', 'pushed_authorization_request', 'revocation', 'introspection'];
  const paths = new Set(names.map((name) => provider.pathFor(name)));
  const domain = new TrustDomain(workload.keys);
  return async (ctx, next) => {
    try {
      if (ctx.method === 'POST' && paths.has(ctx.path)) await authenticated(ctx, issuer, workload, domain);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      ctx.status = error.status;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { error: error.code, error_description: error.message };
      return;
    }
    await next();
    if (ctx.path === '/.well-known/openid-configuration') advertise(ctx);
  };
}

/**
 * Put the verified SPIFFE ID into `ctx.state.workload`, and take the assertion out of the form.
 *
 * @param {any} ctx
 * @param {string} issuer
 * @param {Workload} workload
 * @param {TrustDomain} domain
 */
async function authenticated(ctx, issuer, workload, domain) {
  const form = await formOf(ctx);
  // The library reads what is here once the stream was read.
  ctx.req.body = form;
  if (form.client_assertion_type !== JWT_SPIFFE) return;
  if (ctx.get('authorization') || form.client_secret) {
    throw new Refused(400, 'invalid_request', 'client authentication must only be provided using one mechanism');
  }
  if (form.client_id !== undefined && form.client_id !== CLIENT_ID) throw refused("the assertion is not that client's");
  await domain.verify(form.client_assertion, { audience: issuer, subject: workload.id });
  ctx.state.workload = workload.id;
  delete form.client_assertion;
  delete form.client_assertion_type;
  form.client_id = CLIENT_ID;
}

/** @param {any} ctx */
function advertise(ctx) {
  const methods = ctx.body?.token_endpoint_auth_methods_supported ?? [];
  const told = methods.map((/** @type {string} */ method) => (method === STANDS_IN ? METHOD : method));
  if (told.length > 0) ctx.body = { ...ctx.body, token_endpoint_auth_methods_supported: told };
}

/** @param {any} ctx */
async function formOf(ctx) {
  const chunks = [];
  let length = 0;
  for await (const chunk of ctx.req) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Refused(413, 'invalid_request', 'the request is too large');
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks).toString());
}
