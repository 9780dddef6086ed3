import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tellPages } from "../src/pages.ts";
import type { Person } from "../src/payloads.ts";

const ALICE: Person = { sub: "1", name: "Alice", tenantId: "acme", tenantName: "Acme" };

const opened = (): BroadcastChannel => new BroadcastChannel("pages.test");

/** How often Alice's page hears of somebody else when a second page is opened by `second`. */
async function others(second: Person): Promise<number> {
  let heard = 0;
  const [first, witness] = [opened(), opened()];
  tellPages(first, ALICE, () => (heard += 1));
  const other = opened();
  tellPages(other, second, () => assert.fail("nobody else has logged in after them"));
  // The first page's word, and the second's.
  for (const _ of [1, 2]) await new Promise((resolve) => (witness.onmessage = resolve));
  await new Promise((resolve) => setImmediate(resolve));
  for (const channel of [first, other, witness]) channel.close();
  return heard;
}

describe("a page", () => {
  test("hears that somebody else has logged in by another page", async () => {
    assert.equal(await others({ ...ALICE, sub: "2" }), 1);
  });

  test("hears that the same subject has logged in for another tenant", async () => {
    assert.equal(await others({ ...ALICE, tenantId: "globex" }), 1);
  });

  test("goes on where another is opened by the same person, under a new name or not", async () => {
    assert.equal(await others(ALICE), 0);
    assert.equal(await others({ ...ALICE, name: "Alice Archer" }), 0);
  });
});
