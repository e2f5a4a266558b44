import type { Store } from "@require-action/engine";
import type { DeviceRecord, Page, UserChanges, UserRecord } from "@require-action/engine/store";
import type { Statement } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";
import { DOCUMENT, pageOf, patchOf, recordOf, recordsOf } from "../records/documents.ts";
import { type ListRun, statementsByShape, type StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";
import { announcing } from "./outbox-verbs.ts";
import { receiptingAll } from "./receipt-verbs.ts";
import { endingSessions } from "./session-verbs.ts";

type UserVerbs = Pick<Store, "deleteUser" | "findUser" | "listUsers" | "updateUser">;

/** The verbs of users. Lists that may lag are read by way of `lists`. */
export function createUserVerbs({ dialect, run }: StoreContext, lists: ListRun): UserVerbs {
  const { table, patched, field } = dialect;
  const users = table("users");
  const find: Statement = { main: `SELECT ${DOCUMENT} FROM ${users} WHERE user_id = $userId` };
  const update: Statement = {
    main: `INSERT INTO ${users} AS known (document) VALUES ($user)
      ON CONFLICT (user_id) DO UPDATE SET document = ${patched("known.document", "$userChanges")}
      RETURNING ${DOCUMENT}`,
  };
  const remove: Statement = {
    main: "SELECT true AS applied",
    followUp: [
      ...(["users", "authenticators", "devices"] as const).map(
        (name) => `DELETE FROM ${table(name)} WHERE user_id = $userId AND EXISTS (SELECT 1 FROM applied)`,
      ),
      `DELETE FROM ${table("challenges")} WHERE ${field(["userId"], "text")} = $userId AND EXISTS (SELECT 1 FROM applied)`,
      endingSessions(dialect),
      announcing(dialect),
      receiptingAll(dialect),
      tracing(dialect),
    ],
  };
  const list = statementsByShape(
    (conditions) => `SELECT user_id, ${DOCUMENT} FROM ${users} ${conditions} ORDER BY user_id LIMIT $limit`,
  );

  return {
    async findUser(userId) {
      const [row] = await run(find, { userId });
      return recordOf(row) as UserRecord | undefined;
    },
    async listUsers({ email, phoneNumber, username, limit, after, mayLag }) {
      const statement = list({
        "email = $email": email !== undefined,
        "phone_number = $phoneNumber": phoneNumber !== undefined,
        "username = $username": username !== undefined,
        "user_id > $afterUserId": after !== undefined,
      });
      const rows = await lists(mayLag)(statement, {
        email,
        phoneNumber,
        username,
        afterUserId: after,
        limit: limit + 1,
      });
      return pageOf(rows, limit, (last) => String(last["user_id"])) as Page<UserRecord>;
    },
    async updateUser(userId, changes, now) {
      const [row] = await run(update, userParameters(userId, changes, now));
      return recordOf(row) as UserRecord;
    },
    deleteUser: async (userId, event, news = [], receipts = []) =>
      void (await run(remove, { userId, changes: patchOf({ endedAt: event.at }), event, news, receipts })),
  };
}

/** A user as it is when it was not there before, and what changes about it when it was. */
export function userParameters(userId: string, changes: UserChanges, now: number): Parameters {
  const patch = patchOf(changes);
  return { user: { ...patch.set, userId, createdAt: now }, userChanges: patch };
}

/** The verbs of devices. They are added by transitions. */
export function createDeviceVerbs({ dialect, run }: StoreContext): Pick<Store, "listDevices" | "updateDevice"> {
  const devices = dialect.table("devices");
  const list: Statement = {
    main: `SELECT ${DOCUMENT} FROM ${devices} WHERE user_id = $userId ORDER BY authenticated_at, sequence`,
  };
  const update: Statement = {
    main: `UPDATE ${devices} SET document = ${dialect.patched("document", "$deviceChanges")}
      WHERE user_id = $userId AND device_id = $deviceId RETURNING ${DOCUMENT}`,
  };

  return {
    listDevices: async (userId) => recordsOf(await run(list, { userId })) as DeviceRecord[],
    async updateDevice(userId, deviceId, changes) {
      const [row] = await run(update, { userId, deviceId, deviceChanges: patchOf(changes) });
      return recordOf(row) as DeviceRecord | undefined;
    },
  };
}
