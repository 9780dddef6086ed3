import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loginPath, pathOf, placeOf } from "../src/route.ts";
import { ago, period } from "../src/when.ts";

describe("a path", () => {
  for (const [path, place] of [
    ["/", { kind: "new" }],
    ["/chats/01J-a_b", { kind: "chat", id: "01J-a_b" }],
    ["/chats/01J/", { kind: "chat", id: "01J" }],
    ["/logged-in", { kind: "logged-in" }],
    ["/chats/", { kind: "new" }],
    ["/chats/a/b", { kind: "new" }],
    ["/chats/..%2Fapi", { kind: "new" }],
    ["/elsewhere", { kind: "new" }],
  ] as const) {
    test(`${path} leads to ${JSON.stringify(place)}`, () => assert.deepEqual(placeOf(path), place));
  }

  test("leads back to its place", () => {
    for (const place of [
      { kind: "new" },
      { kind: "chat", id: "c-1" },
      { kind: "logged-in" },
    ] as const) {
      assert.deepEqual(placeOf(pathOf(place)), place);
    }
  });
});

describe("the way to the login page", () => {
  test("leads back to where one was", () => {
    assert.equal(loginPath("/chats/a?b=1&c"), "/auth/login?return_to=%2Fchats%2Fa%3Fb%3D1%26c");
  });

  test("keeps what the server wants to go along", () => {
    const given = "/auth/login?tenant=acme&return_to=%2Fapi%2Fchats";

    assert.equal(loginPath("/logged-in", given), "/auth/login?tenant=acme&return_to=%2Flogged-in");
  });
});

describe("a time", () => {
  const now = new Date(2026, 10, 21, 15, 30).getTime() / 1000;
  const at = (...when: [number, number, number, number, number]): number =>
    new Date(...when).getTime() / 1000;

  test("is said the way people do", () => {
    assert.equal(ago(now - 10, now), "just now");
    assert.equal(ago(now + 10, now), "just now");
    assert.equal(ago(now - 300, now), "5 min ago");
  });

  test("stands under the heading of its day, by the calendar", () => {
    assert.equal(period(now, now), "Today");
    assert.equal(period(at(2026, 10, 21, 0, 1), now), "Today");
    assert.equal(period(at(2026, 10, 20, 23, 59), now), "Yesterday");
    assert.equal(period(at(2026, 10, 17, 12, 0), now), "Earlier this week");
    assert.equal(period(at(2026, 9, 1, 12, 0), now), "Older");
  });
});
