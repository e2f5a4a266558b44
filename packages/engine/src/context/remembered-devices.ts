import { randomUUID } from "node:crypto";
import { createOwnTokens, type OwnTokens } from "../keys/own-tokens.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { ActionRecord, SessionRecord } from "../store/records.ts";
import type { EngineContext } from "./engine-context.ts";

const DAY_MS = 24 * 60 * 60_000;
/** The longest that a policy may say. */
const MOST_DAYS = 90;
/**
 * For so long after a renewal the secret of just before is taken for one of several requests that were sent at once: it is
 * refused, and not taken for stolen. It never counts.
 */
const PARALLEL_MS = 10_000;

/** A device that a user has had remembered. Its id is no secret. */
export interface RememberedDevice {
  readonly userId: string;
  readonly deviceId: string;
  readonly verificationMethod: string;
  /** When the user proved themselves on it. Milliseconds since the epoch, as all times. */
  readonly createdAt: number;
  readonly lastUsedAt?: number;
  readonly expiresAt: number;
}

/** What the browser keeps: in a cookie that no script sees. */
export interface DeviceSecret {
  readonly secret: string;
  readonly expiresAt: number;
}

/** A use of a device, whose secret of before is void. */
interface DeviceUse {
  readonly deviceId: string;
  readonly renewed: DeviceSecret;
}

/** The devices that users have had remembered, for the application's backend. */
export interface RememberedDevices {
  /** Lists those of a user, oldest first. */
  list(userId: string): Promise<readonly RememberedDevice[]>;
  /** Revokes one; false when the user has no such device, or it had ended. */
  revoke(userId: string, deviceId: string): Promise<boolean>;
}

/** The engine's own side of them. */
export interface DeviceMemory extends RememberedDevices {
  /**
   * Begins to remember the device on which an action was approved, once for each approval.
   * @param standing the action as it stands once the device is kept
   * @throws EngineError `device_not_rememberable`
   */
  begin(action: ActionRecord, standing: () => Promise<ActionRecord | undefined>): Promise<DeviceSecret>;
  /**
   * Takes a secret for a challenge of this user, once; `undefined` where it does not stand in for it, for whatever reason, the
   * store's too. A genuine secret that was renewed before revokes the device: one of its two holders has stolen it.
   */
  use(request: {
    readonly userId: string;
    readonly secret: string;
    readonly days: number;
    readonly verificationMethods: readonly string[] | undefined;
  }): Promise<DeviceUse | undefined>;
}

export function createDeviceMemory({
  store,
  clock,
  audit,
  keyring,
  issuer,
}: Pick<EngineContext, "store" | "clock" | "audit" | "keyring" | "issuer">): DeviceMemory {
  // The store holds no more than which generation of a secret is the latest, so that whoever reads it can make none.
  const secrets: OwnTokens = createOwnTokens({
    typ: "require-action.device+jwt",
    issuer,
    audience: `${issuer}#device`,
    lifetimeSeconds: (MOST_DAYS * DAY_MS) / 1000,
    clock,
    keys: keyring.tokenKeys("device"),
  });

  const mint = ({ userId, sessionId, expiresAt }: SessionRecord, generation: number): DeviceSecret => ({
    secret: secrets.mint({ sub: userId, dev: sessionId, gen: generation }).token,
    expiresAt,
  });

  function eventOf(
    type: Extract<AuditEvent["type"], `device.${string}`>,
    { sessionId, userId }: Pick<SessionRecord, "sessionId" | "userId">,
    details: Pick<AuditEvent, "actor" | "reason" | "actionId" | "verificationMethod"> = {},
  ): AuditEvent {
    return { type, at: clock.now(), userId, deviceId: sessionId, ...details };
  }

  async function end(device: SessionRecord, details: Pick<AuditEvent, "actor" | "reason">): Promise<boolean> {
    const event = eventOf("device.revoked", device, details);
    const isEnded = await store.endSession(device.sessionId, event);
    if (isEnded) audit.emit(event);
    return isEnded;
  }

  /** Why a device does not stand in for a challenge; `undefined` for one that does. */
  async function refusalOf(
    device: SessionRecord,
    generation: number,
    {
      days,
      verificationMethods,
    }: { readonly days: number; readonly verificationMethods: readonly string[] | undefined },
  ): Promise<string | undefined> {
    const now = clock.now();
    if (device.endedAt !== undefined) return "revoked";
    if (generation !== device.generation) {
      const isJustBefore = generation === device.generation - 1 && now - (device.refreshedAt ?? 0) < PARALLEL_MS;
      if (isJustBefore) return "renewed_just_now";
      await end(device, { reason: "secret_reused" });
      return "secret_reused";
    }
    if (now >= Math.min(device.expiresAt, device.createdAt + days * DAY_MS)) return "expired";
    if (verificationMethods?.includes(device.verificationMethod) === false) return "verification_method_not_allowed";
    const authenticators = await store.listAuthenticators(device.userId);
    const isThere = authenticators.some(
      (one) => one.userAuthenticatorId === device.userAuthenticatorId && one.verifiedAt !== undefined,
    );
    if (isThere) return undefined;
    await end(device, { reason: "authenticator_removed" });
    return "authenticator_removed";
  }

  async function find(
    userId: string,
    secret: string,
  ): Promise<{ device: SessionRecord; generation: number } | undefined> {
    const { sub, dev: deviceId, gen: generation } = secrets.read(secret);
    // Of another user of the same browser: theirs is left alone.
    if (sub !== userId || typeof deviceId !== "string" || typeof generation !== "number") return undefined;
    const device = await store.findSession(deviceId);
    return device?.kind === "device" && device.userId === userId ? { device, generation } : undefined;
  }

  return {
    async begin(action, standing) {
      const { userId, actionId, rememberDays, verificationMethod, verifiedByAuthenticatorId } = action;
      const isProved = action.state === "CHALLENGE_SUCCEEDED" && verificationMethod !== undefined;
      if (rememberDays === undefined || !isProved || verifiedByAuthenticatorId === undefined) throw notRememberable();
      const createdAt = clock.now();
      const device: SessionRecord = {
        kind: "device",
        sessionId: randomUUID(),
        userId,
        // An approval may begin a session, too.
        actionId: `${actionId}#device`,
        clientId: "device",
        verificationMethod,
        userAuthenticatorId: verifiedByAuthenticatorId,
        generation: 1,
        createdAt,
        expiresAt: createdAt + rememberDays * DAY_MS,
      };
      const event = eventOf("device.remembered", device, { actionId, verificationMethod });
      if (!(await store.putSession(device, event))) throw notRememberable();
      audit.emit(event);
      // A revocation that withdraws the approval and ends devices may have come in between, and seen no device.
      if ((await standing())?.state !== "CHALLENGE_SUCCEEDED") {
        await end(device, { reason: "approval_withdrawn" });
        throw notRememberable();
      }
      return mint(device, device.generation);
    },
    async use({ userId, secret, ...terms }) {
      let reason = "secret_invalid";
      try {
        const found = await find(userId, secret);
        if (found !== undefined) {
          const { device, generation } = found;
          const refusal = await refusalOf(device, generation, terms);
          const event = eventOf("device.used", device);
          const next =
            refusal === undefined ? await store.refreshSession(device.sessionId, generation, event) : undefined;
          if (next !== undefined) {
            audit.emit(event);
            return { deviceId: device.sessionId, renewed: mint(next, next.generation) };
          }
          reason = refusal ?? "renewed_just_now";
        }
      } catch (error) {
        // A store that does not answer opens nothing, and the user can still be challenged.
        reason = error instanceof EngineError ? error.reason : "lookup_failed";
      }
      audit.emit({ type: "device.refused", at: clock.now(), userId, reason });
      return undefined;
    },
    async list(userId) {
      const sessions = await store.listSessions(userId, clock.now());
      return sessions.filter(({ kind }) => kind === "device").map(describe);
    },
    async revoke(userId, deviceId) {
      const device = await store.findSession(deviceId);
      if (device?.kind !== "device" || device.userId !== userId) return false;
      return end(device, { actor: "backend", reason: "revoked" });
    },
  };
}

function describe(device: SessionRecord): RememberedDevice {
  const { userId, sessionId: deviceId, verificationMethod, createdAt, refreshedAt, expiresAt } = device;
  const lastUsed = refreshedAt === undefined ? {} : { lastUsedAt: refreshedAt };
  return { userId, deviceId, verificationMethod, createdAt, ...lastUsed, expiresAt };
}

function notRememberable(): EngineError {
  return new EngineError(
    "device_not_rememberable",
    "This approval does not let a device be remembered, or has done so.",
  );
}
