import * as sdk from "@authsignal/browser";

interface Reply<Data> {
  readonly data?: Data;
  readonly error?: string;
  readonly errorCode?: string;
}

interface CodeMethod<Input extends unknown[]> {
  enroll(...input: Input): Promise<Reply<{ readonly secret?: string }>>;
  challenge(): Promise<Reply<unknown>>;
  verify(answer: { code: string }): Promise<Reply<unknown>>;
}

interface PasskeySignIn {
  readonly isVerified: boolean;
  readonly userId?: string;
  readonly token?: string;
}

/** What the tests use of the SDK. Its own declarations do not resolve under NodeNext. */
interface Authsignal {
  readonly anonymousId: string;
  readonly passkey: {
    signUp(input: { token: string; username: string; useCookies?: boolean }): Promise<Reply<unknown>>;
    signIn(input?: { token?: string; action?: string; useCookies?: boolean }): Promise<Reply<PasskeySignIn>>;
    isAvailableOnDevice(input: { userId: string }): Promise<boolean>;
  };
  readonly totp: Omit<CodeMethod<[]>, "challenge">;
  readonly email: CodeMethod<[{ email: string }]>;
  readonly sms: CodeMethod<[{ phoneNumber: string }]>;
  readonly whatsapp: Omit<CodeMethod<[]>, "enroll">;
  readonly emailML: {
    enroll(input: { email: string }): Promise<Reply<{ readonly matchingNumber: string }>>;
    challenge(): Promise<Reply<{ readonly matchingNumber: string }>>;
    checkVerificationStatus(): Promise<Reply<{ readonly token?: string }>>;
  };
  readonly securityKey: {
    enroll(): Promise<Reply<{ readonly token?: string }>>;
    verify(): Promise<Reply<{ readonly isVerified: boolean; readonly token?: string }>>;
  };
  readonly push: { challenge(input: { action: string }): Promise<Reply<unknown>> };
  setToken(token: string): void;
}

type Constructor = new (options: { tenantId: string; baseUrl: string; onTokenExpired: () => void }) => Authsignal;

declare global {
  interface Window {
    Authsignal: Constructor;
    authsignal: Authsignal;
    /** How often the SDK told that its token had expired. */
    expirations: number;
  }
}

window.Authsignal = (sdk as unknown as { readonly Authsignal: Constructor }).Authsignal;
