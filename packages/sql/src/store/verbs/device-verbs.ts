import type { Store } from "@require-action/engine";
import type { DeviceRecord } from "@require-action/engine/store";
import type { Statement } from "../../database/statement.ts";
import { DOCUMENT, patchOf, recordOf, recordsOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";

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
