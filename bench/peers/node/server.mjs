/**
 * The Node peer: express-openid-connect keeps the session, http-proxy-middleware passes it on.
 *
 * usage: node server.mjs '{"port": …, "origin": …, "issuer": …, "secret": …, "upstream": …, "events": …, "ca": …}'
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';

import express from 'express';
import oidc from 'express-openid-connect';
import { createProxyMiddleware } from 'http-proxy-middleware';

const { port, origin, issuer, secret, upstream, events, ca } = JSON.parse(process.argv[2]);

/** A session store in memory, in the form of express-session's: the fastest that this peer has. */
class MemoryStore {
  #kept = new Map();

  get(id, done) {
    done(null, this.#kept.get(id));
  }

  set(id, session, done) {
    this.#kept.set(id, session);
    done?.(null);
  }

  destroy(id, done) {
    this.#kept.delete(id);
    done?.(null);
  }
}

/** @param {string} target */
function proxyTo(target) {
  return createProxyMiddleware({
    target,
    agent: new Agent({ keepAlive: true, maxSockets: Infinity, ca: readFileSync(ca) }),
    on: {
      proxyReq(call, request) {
        call.setHeader('authorization', `Bearer ${request.oidc.accessToken.access_token}`);
        call.removeHeader('cookie');
      },
    },
  });
}

const app = express();
app.disable('x-powered-by');
app.get('/ready', (_request, response) => response.sendStatus(200));
app.use(
  oidc.auth({
    issuerBaseURL: issuer,
    baseURL: origin,
    clientID: 'gatehouse',
    clientSecret: secret,
    secret: 'signs cookies of this benchmark only, nothing else',
    authRequired: true,
    clockTolerance: 60,
    routes: { callback: '/auth/callback' },
    authorizationParams: { response_type: 'code', scope: 'openid profile email' },
    session: { store: new MemoryStore() },
  }),
);
const toEvents = proxyTo(events);
const toJson = proxyTo(upstream);
app.use((request, response, next) =>
  (request.path.startsWith('/events') ? toEvents : toJson)(request, response, next),
);
app.listen(port, '127.0.0.1');
