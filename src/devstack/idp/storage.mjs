/**
 * Where the provider keeps sessions, grants and tokens: in this process.
 *
 * The library's own memory keeps the latest thousand entries only, so that under load it forgets
 * people who are logged in. This one forgets what has expired, and nothing else.
 *
 * @module
 */

const SWEEP_EVERY_WRITES = 1000;

/**
 * @typedef {{ uid?: string, grantId?: string, consumed?: number }} Payload
 * @typedef {{ payload: Payload, until: number }} Entry `until` in ms since the epoch.
 */

/** All entries of one kind (the library's adapter interface). */
class Shelf {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #writes = 0;

  /**
   * @param {string} id
   * @returns {Promise<Payload | undefined>}
   */
  async find(id) {
    // What is over is returned too, until it is swept away: the library tells the two refusals apart.
    return this.#entries.get(id)?.payload;
  }

  /** @param {string} uid */
  async findByUid(uid) {
    for (const { payload } of this.#entries.values()) {
      if (payload.uid === uid) return payload;
    }
    return undefined;
  }

  /** Only the device flow has user codes, and it is off. */
  async findByUserCode() {
    return undefined;
  }

  /**
   * @param {string} id
   * @param {Payload} payload
   * @param {number} [expiresIn] Seconds.
   */
  async upsert(id, payload, expiresIn = Infinity) {
    this.#entries.set(id, { payload, until: Date.now() + expiresIn * 1000 });
    this.#writes += 1;
    if (this.#writes % SWEEP_EVERY_WRITES === 0) this.#forget(({ until }) => until <= Date.now());
  }

  /** @param {string} id */
  async consume(id) {
    const payload = await this.find(id);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  /** @param {string} id */
  async destroy(id) {
    this.#entries.delete(id);
  }

  /** @param {string} grantId */
  async revokeByGrantId(grantId) {
    this.#forget(({ payload }) => payload.grantId === grantId);
  }

  /** @param {(entry: Entry) => boolean} which */
  #forget(which) {
    for (const [id, entry] of this.#entries) {
      if (which(entry)) this.#entries.delete(id);
    }
  }
}

/** A new, empty place for one kind of entry. */
export const shelf = () => new Shelf();
