/**
 * Where a person logs in: the page that an authorization request leads to.
 *
 * @module
 */

import { errors } from 'oidc-provider';

import { ACR, stronger } from './policy.mjs';
import { errorPage, loginPage } from './pages.mjs';

const PATH = '/interaction/';
const MAX_FORM_BYTES = 4096;

/**
 * @param {import('oidc-provider').Provider} provider
 * @param {import('./accounts.mjs').Accounts} accounts
 * @returns {import('koa').Middleware}
 */
export function loginPages(provider, accounts) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(PATH) || !['GET', 'POST'].includes(ctx.method)) return next();
    ctx.set('Cache-Control', 'no-store');
    try {
      const interaction = await provider.interactionDetails(ctx.req, ctx.res);
      const step = ctx.method === 'GET' ? shown : submitted;
      await step({ ctx, provider, accounts, interaction });
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = errorPage('login_expired', 'This login has expired, or began in another browser.');
    }
  };
}

/**
 * @typedef {object} Step
 * @property {import('koa').Context} ctx
 * @property {import('oidc-provider').Provider} provider
 * @property {import('./accounts.mjs').Accounts} accounts
 * @property {any} interaction
 */

/** @param {Step} step */
async function shown({ ctx, provider, interaction }) {
  // Our own application needs nobody's consent: a request that insists on it has it at once.
  if (interaction.prompt.name === 'consent') return finished(ctx, provider, { consent: {} });
  draw(ctx, interaction, { login: interaction.params.login_hint ?? '', wrong: false });
}

/** @param {Step} step */
async function submitted({ ctx, provider, accounts, interaction }) {
  const form = await formOf(ctx);
  if (form.has('cancel')) {
    return finished(ctx, provider, {
      error: 'access_denied',
      error_description: 'the person cancelled the login',
    });
  }
  const login = form.get('login') ?? '';
  const person = accounts.authenticate(login, form.get('password') ?? '');
  if (!person) {
    ctx.status = 403;
    draw(ctx, interaction, { login, wrong: true });
    return;
  }
  const acr = stronger(interaction.params.acr_values) ? ACR.confirmed : ACR.password;
  await finished(ctx, provider, {
    login: { accountId: person.sub, acr, amr: ['pwd'], remember: true },
  });
}

/**
 * @param {import('koa').Context} ctx
 * @param {any} interaction
 * @param {{ login: string, wrong: boolean }} state
 */
function draw(ctx, interaction, { login, wrong }) {
  ctx.type = 'html';
  ctx.body = loginPage({ login, wrong, again: Boolean(interaction.session?.accountId) });
}

/**
 * Record what came of the interaction and send the browser on to where the request goes on.
 *
 * @param {import('koa').Context} ctx
 * @param {import('oidc-provider').Provider} provider
 * @param {import('oidc-provider').InteractionResults} result
 */
async function finished(ctx, provider, result) {
  const url = await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  });
  ctx.status = 303;
  ctx.redirect(url);
}

/**
 * @param {import('koa').Context} ctx
 * @returns {Promise<URLSearchParams>}
 */
async function formOf(ctx) {
  if (!ctx.is('application/x-www-form-urlencoded')) ctx.throw(415);
  let text = '';
  for await (const chunk of ctx.req) {
    text += chunk;
    if (text.length > MAX_FORM_BYTES) ctx.throw(413);
  }
  return new URLSearchParams(text);
}
