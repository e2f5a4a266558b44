import type { Policy } from "@require-action/engine";
import { compilePolicy } from "@require-action/engine/policy";
import { afterEach, expect, it } from "vitest";
import { createOutbox } from "../src/index.ts";
import type { EditablePolicy } from "../src/management/editable-policy.ts";
import { type Answer, apiSecret, basic, createHarness, type Harness, policy as startingPolicy } from "./harness.ts";

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

/** A server whose policy is edited, and calls of its Management API, as Terraform's provider makes them. */
async function createManaged() {
  let written: Policy = startingPolicy;
  const editable: EditablePolicy = {
    read: () => written,
    async write(next) {
      compilePolicy(next);
      await harness!.engine.reloadPolicy(next);
      written = structuredClone(next);
    },
  };
  harness = await createHarness({ server: { dev: { outbox: createOutbox(), policy: editable } } });
  const { call } = harness;
  return {
    written: (): Policy => written,
    manage: (method: string, path: string, body?: unknown): Promise<Answer> => call(method, `/management${path}`, body),
    decide: async (action: string, custom: object = {}): Promise<string> =>
      (await call("POST", `/users/alice/actions/${action}`, { custom })).json.state,
  };
}

const rule = {
  name: "Expensive",
  isActive: true,
  priority: 5,
  type: "REVIEW",
  conditions: { ">": [{ var: "custom.price" }, 100] },
};

it("S19: what Terraform creates decides, is read and changed, and is gone once it is destroyed", async () => {
  const { manage, decide } = await createManaged();
  const price = { name: "price", dataType: "number", modelType: "action", isPublic: false };
  expect((await manage("POST", "/custom-data-points", price)).json).toEqual({ id: "price", ...price });
  const action = { actionCode: "buy", defaultUserActionResult: "ALLOW", verificationMethods: ["AUTHENTICATOR_APP"] };
  expect((await manage("POST", "/action-configurations", action)).json).toEqual({ tenantId: "bank", ...action });
  const created = await manage("POST", "/action-configurations/buy/rules", rule);
  expect(created).toMatchObject({ status: 200, json: { ...rule, actionCode: "buy", tenantId: "bank" } });
  const path = `/action-configurations/buy/rules/${created.json.ruleId}`;

  expect(await decide("buy", { price: 100 })).toBe("ALLOW");
  expect(await decide("buy", { price: 101 })).toBe("REVIEW_REQUIRED");
  expect((await manage("GET", path)).json).toEqual(created.json);
  expect((await manage("GET", "/action-configurations/buy/rules")).json).toEqual([created.json]);

  const changes = { type: "BLOCK", description: "Too expensive", verificationMethods: null };
  expect((await manage("PATCH", path, changes)).json).toMatchObject({
    ...rule,
    type: "BLOCK",
    description: "Too expensive",
  });
  expect(await decide("buy", { price: 101 })).toBe("BLOCK");
  await manage("PATCH", path, { isActive: false });
  expect(await decide("buy", { price: 101 })).toBe("ALLOW");
  await manage("PATCH", "/action-configurations/buy", { defaultUserActionResult: "BLOCK", verificationMethods: null });
  expect((await manage("GET", "/action-configurations/buy")).json).toEqual({
    tenantId: "bank",
    actionCode: "buy",
    defaultUserActionResult: "BLOCK",
  });

  for (const gone of [path, "/action-configurations/buy", "/custom-data-points/price"]) {
    expect(await manage("DELETE", gone)).toMatchObject({ status: 200, json: { success: true } });
    expect((await manage("GET", gone)).status).toBe(404);
    expect((await manage("DELETE", gone)).status).toBe(404);
  }
});

it("S19: value lists are made of a name, and emptied by null", async () => {
  const { manage, written } = await createManaged();
  const list = { name: "Risky Countries!", itemType: "string", valueListItems: ["KP", "IR"], isActive: true };
  expect((await manage("POST", "/value-lists", list)).json).toEqual({ alias: "risky-countries", ...list });
  expect(written().lists?.["risky-countries"]).toEqual(["KP", "IR"]);
  expect((await manage("PATCH", "/value-lists/risky-countries", { name: "Risky", valueListItems: null })).json).toEqual(
    {
      ...list,
      alias: "risky-countries",
      name: "Risky",
      valueListItems: [],
    },
  );
  expect((await manage("GET", "/value-lists/risky-countries")).json.name).toBe("Risky");
  const lists = (await manage("GET", "/value-lists")).json as unknown as { alias: string; name: string }[];
  expect(lists.map(({ alias, name }) => [alias, name])).toEqual([
    ["blocked", "blocked"],
    ["risky-countries", "Risky"],
  ]);
  await manage("DELETE", "/value-lists/risky-countries");
  expect(Object.keys(written().lists ?? {})).toEqual(["blocked"]);
});

it("S19: a change that the policy would refuse says why, and changes nothing", async () => {
  const { manage, written } = await createManaged();
  const before = written();
  const refused = async (...[method, path, body]: Parameters<typeof manage>): Promise<string> => {
    const { status, json } = await manage(method, path, body);
    expect([status, json.errorCode]).toEqual([400, "invalid_request"]);
    return json.errorDescription;
  };
  const rules = "/action-configurations/sign-in/rules";
  expect(await refused("POST", rules, { ...rule, conditions: { ">": [{ var: "custom.amuont" }, "1"] } })).toContain(
    "did you mean custom.amount?",
  );
  expect(await refused("POST", rules, { ...rule, type: "DENY" })).toContain("actions.sign-in.rules[0].type");
  expect(await refused("POST", rules, { ...rule, verificationWebhookUrl: "https://a.example" })).toContain(
    "verificationWebhookUrl is not supported",
  );
  expect(await refused("DELETE", "/value-lists/blocked")).toContain("lists.blocked");
  expect(await refused("POST", "/action-configurations", { actionCode: "sign-in" })).toContain("already");
  expect(
    await refused("POST", "/action-configurations", {
      actionCode: "flow",
      defaultUserActionResult: "ALLOW",
      actionType: "FLOW",
    }),
  ).toContain("CLASSIC");
  expect(await refused("POST", "/custom-data-points", { name: "tags", dataType: "multiselect" })).toContain(
    "multiselect",
  );
  expect(await refused("POST", "/value-lists", { name: "!" })).toContain("name");
  expect(written()).toBe(before);
});

it("S19: a change keeps what Authsignal has no word for", async () => {
  const { manage, written } = await createManaged();
  expect((await manage("GET", "/custom-data-points/amount")).json).toEqual({
    id: "amount",
    name: "amount",
    dataType: "text",
    modelType: "action",
    isPublic: true,
  });
  await manage("PATCH", "/custom-data-points/amount", { dataType: "text", description: "In euros", isPublic: null });
  expect(written().dataPoints?.[0]).toEqual({
    name: "amount",
    type: "decimal",
    optional: true,
    description: "In euros",
  });
});

it("S19: ids are names, and those of an object's own members name nothing", async () => {
  const { manage, written } = await createManaged();
  for (const id of ["constructor", "__proto__", "toString"]) {
    for (const kind of ["action-configurations", "value-lists", "custom-data-points"]) {
      expect((await manage("GET", `/${kind}/${id}`)).status).toBe(404);
    }
  }
  await manage("POST", "/action-configurations", { actionCode: "toString", defaultUserActionResult: "BLOCK" });
  expect((await manage("GET", "/action-configurations/toString")).json.defaultUserActionResult).toBe("BLOCK");
  const own = '{"actionCode":"buy","defaultUserActionResult":"ALLOW","__proto__":{"rules":[]}}';
  expect((await manage("POST", "/action-configurations", JSON.parse(own))).status).toBe(400);
  expect(Object.keys(written().actions)).toEqual([...Object.keys(startingPolicy.actions), "toString"]);
});

it("S19: changes that come at once are all made, as Terraform sends ten at a time", async () => {
  const { manage } = await createManaged();
  const codes = Array.from({ length: 10 }, (_, index) => `action-${index}`);
  const answers = await Promise.all(
    codes.map((actionCode) =>
      manage("POST", "/action-configurations", { actionCode, defaultUserActionResult: "ALLOW" }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
  const listed = (await manage("GET", "/action-configurations")).json as unknown as { actionCode: string }[];
  expect(listed.map(({ actionCode }) => actionCode)).toEqual(expect.arrayContaining(codes));
});

it("S19: is refused where no policy can be changed, and by a wrong secret", async () => {
  harness = await createHarness();
  for (const [method, path] of [
    ["GET", "/management/action-configurations/sign-in"],
    ["PATCH", "/management/action-configurations/sign-in"],
    ["POST", "/management/value-lists"],
    ["DELETE", "/management/custom-data-points/amount"],
    ["GET", "/management/theme"],
  ] as const) {
    expect(await harness.call(method, path, method === "GET" ? undefined : {})).toMatchObject({
      status: 400,
      json: { errorCode: "not_supported" },
    });
    const stranger = { authorization: basic(`${apiSecret}-not`) };
    expect((await harness.call(method, path, undefined, stranger)).status).toBe(401);
  }
});
