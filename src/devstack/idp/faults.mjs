/**
 * The test control: make the provider fail, and see how often it was called.
 *
 * POST /_local/faults    {"path": "/token", "status": 503, "times": 1}
 * DELETE /_local/faults  forget them all
 * GET /_local/counts     {"/token": 3, …}
 * DELETE /_local/counts  start again from nothing
 *
 * @module
 */

const MAX_BODY_BYTES = 4096;

/**
 * @typedef {object} Fault
 * @property {string} path
 * @property {number} times How many more calls it takes.
 * @property {number} [status] Answer this instead of doing anything.
 * @property {string} [error] With `status`: the OAuth error code in the body.
 * @property {number} [delay_ms] Wait before doing anything.
 * @property {boolean} [lose_answer] Do it, and cut the connection instead of answering.
 */

/** @type {Record<string, (value: unknown) => boolean>} */
const FIELDS = {
  path: (value) => typeof value === 'string' && value.startsWith('/'),
  times: (value) => Number.isInteger(value) && Number(value) > 0,
  status: (value) => Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600,
  error: (value) => typeof value === 'string',
  delay_ms: (value) => Number.isInteger(value) && Number(value) >= 0,
  lose_answer: (value) => typeof value === 'boolean',
};

/** @returns {import('koa').Middleware} */
export function testControl() {
  /** @type {Fault[]} */
  let faults = [];
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Record<string, (ctx: import('koa').Context) => Promise<void>>} */
  const controls = {
    'POST /_local/faults': async (ctx) => {
      faults.push(await faultOf(ctx));
      ctx.status = 204;
    },
    'DELETE /_local/faults': async (ctx) => {
      faults = [];
      ctx.status = 204;
    },
    'GET /_local/counts': async (ctx) => {
      ctx.body = Object.fromEntries(counts);
    },
    'DELETE /_local/counts': async (ctx) => {
      counts.clear();
      ctx.status = 204;
    },
  };

  return async (ctx, next) => {
    if (ctx.path.startsWith('/_local/')) return controlled(ctx, controls);
    counts.set(ctx.path, (counts.get(ctx.path) ?? 0) + 1);
    const fault = faults.find(({ path }) => path === ctx.path);
    if (fault && --fault.times === 0) faults = faults.filter((other) => other !== fault);
    return fault ? failed(ctx, next, fault) : next();
  };
}

/**
 * @param {import('koa').Context} ctx
 * @param {Record<string, (ctx: import('koa').Context) => Promise<void>>} controls
 */
async function controlled(ctx, controls) {
  // A web page that the developer happens to visit can reach loopback too: it cannot leave out
  // these headers, and a name rebound to 127.0.0.1 shows in Host.
  const browser = ctx.get('origin') || ctx.get('sec-fetch-site');
  if (browser || !['127.0.0.1', 'localhost'].includes(ctx.hostname)) ctx.throw(403);
  const control = controls[`${ctx.method} ${ctx.path}`];
  if (!control) return ctx.throw(404);
  await control(ctx);
}

/**
 * @param {import('koa').Context} ctx
 * @param {import('koa').Next} next
 * @param {Fault} fault
 */
async function failed(ctx, next, { status, error, delay_ms: delay, lose_answer: lose }) {
  if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
  if (status) {
    ctx.status = status;
    ctx.body = { error: error ?? 'server_error', error_description: 'a fault asked for by a test' };
    return;
  }
  await next();
  if (lose) {
    ctx.respond = false;
    ctx.req.socket.destroy();
  }
}

/**
 * @param {import('koa').Context} ctx
 * @returns {Promise<Fault>}
 */
async function faultOf(ctx) {
  const fault = { times: 1, ...(await jsonOf(ctx)) };
  const wrong = Object.entries(fault).find(([name, value]) => !FIELDS[name]?.(value));
  if (wrong) ctx.throw(400, `${wrong[0]}: not known, or not of its kind`);
  if (!('path' in fault)) ctx.throw(400, 'path: is missing');
  return /** @type {Fault} */ (fault);
}

/** @param {import('koa').Context} ctx */
async function jsonOf(ctx) {
  let text = '';
  for await (const chunk of ctx.req) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) ctx.throw(413);
  }
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Told below, with what is not an object.
  }
  return ctx.throw(400, 'the body must be a JSON object');
}
