import type { Page } from "playwright-core";
import { itInFull } from "@require-action-test/support/full";
import { expect, it } from "vitest";
import { describeInChromium } from "./chromium.ts";

describeInChromium("React's strict mode", "strict.tsx", (world) => {
  const sent = (): number => world.backend.received("/withdrawals").length;

  async function untilStatus(page: Page, status: string): Promise<void> {
    await page.waitForFunction((status) => document.querySelector("#status")?.textContent === status, status);
  }

  /** Completes the challenge that is open, which must be another one than `former`. Returns its token. */
  async function complete(page: Page, former = ""): Promise<string> {
    await page.waitForFunction(
      (former) => ![undefined, former].includes(window.strict.challenges.current()?.prompt.token),
      former,
    );
    const token = await page.evaluate(() => window.strict.challenges.current()!.prompt.token!);
    const result = world.backend.complete(token);
    await page.evaluate((result) => window.strict.challenges.current()?.complete(result), result);
    return token;
  }

  const openChallenge = async (page: Page): Promise<string> => {
    await page.waitForFunction(() => window.strict.challenges.current() !== undefined);
    return page.evaluate(() => window.strict.challenges.current()!.prompt.token!);
  };

  it("mounts twice, and sends once: an action that runs as it is mounted has one challenge", async () => {
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount({ atOnce: true }));
    await complete(page);
    await untilStatus(page, "done");
    expect(sent()).toBe(2);
    expect(world.backend.ran).toHaveLength(1);
    expect(await page.evaluate(() => window.strict.results)).toEqual([201, 201]);
  });

  itInFull("takes a challenge away with its component, and shows another when that is mounted again", async () => {
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount({ atOnce: true }));
    const former = await openChallenge(page);
    await page.evaluate(() => window.strict.unmount());
    await page.waitForFunction(() => window.strict.challenges.current() === undefined);
    await page.waitForFunction(() => window.strict.results.length === 2);
    expect(await page.evaluate(() => window.strict.results)).toEqual([undefined, undefined]);
    await page.evaluate(() => window.strict.mount({ atOnce: true }));
    await complete(page, former);
    await untilStatus(page, "done");
    expect(world.backend.ran).toHaveLength(1);
  });

  it("cancels and runs again in one breath: the former run says nothing more", async () => {
    const page = await world.open("/");
    await page.evaluate(() => {
      window.strict.mount();
    });
    await untilStatus(page, "idle");
    await page.evaluate(() => void window.strict.run());
    const former = await openChallenge(page);
    await page.evaluate(() => {
      window.strict.cancel();
      void window.strict.run();
    });
    await complete(page, former);
    await untilStatus(page, "done");
    expect(await page.evaluate(() => window.strict.results)).toEqual([undefined, 201]);
    expect(world.backend.ran).toHaveLength(1);
  });

  itInFull("sends nothing for a component that goes, or a run that is cancelled, in the same breath", async () => {
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount());
    await untilStatus(page, "idle");
    await page.evaluate(() => {
      void window.strict.run();
      window.strict.cancel();
    });
    await untilStatus(page, "cancelled");
    await page.evaluate(() => {
      void window.strict.run();
      window.strict.unmount();
    });
    await page.waitForFunction(() => window.strict.results.length === 2);
    // Called by whoever still has it, as a timer of the application's.
    await page.evaluate(() => window.strict.run());
    expect(await page.evaluate(() => window.strict.results)).toEqual([undefined, undefined, undefined]);
    expect(sent()).toBe(0);
  });

  itInFull("gives no result to a component that is gone, whenever it arrives", async () => {
    const page = await world.open("/");
    const results = await page.evaluate(async () => {
      const { mount, unmount, deaf, run, results, status, until } = window.strict;
      for (const isLate of [false, true]) {
        const { fetch, answer, hasCalls } = deaf();
        mount({ fetch });
        await until(() => status() === "idle");
        void run();
        await until(() => hasCalls(1));
        if (isLate) unmount();
        answer(201);
        if (!isLate) unmount();
        await until(() => results.length === (isLate ? 2 : 1));
      }
      return results;
    });
    expect(results).toEqual([undefined, undefined]);
  });

  itInFull("is cancelled at once, also where the fetch heeds no signal, and runs again", async () => {
    const page = await world.open("/");
    const results = await page.evaluate(async () => {
      const { mount, deaf, run, cancel, results, status, until } = window.strict;
      const { fetch, answer, hasCalls } = deaf();
      mount({ fetch });
      await until(() => status() === "idle");
      void run();
      await until(() => hasCalls(1));
      cancel();
      await until(() => status() === "cancelled");
      void run();
      await until(() => hasCalls(2) && status() === "running");
      // That of the former run, which changes nothing, and of the latter.
      answer(418);
      await until(() => results.length === 1);
      if (status() !== "running") throw new Error(`the former run made it ${status()}`);
      answer(201);
      await until(() => status() === "done");
      return results;
    });
    expect(results).toEqual([undefined, 201]);
  });

  itInFull("leaves no listener behind on a signal of the application's, which cancels too", async () => {
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount());
    await untilStatus(page, "idle");
    await page.evaluate(() => {
      const controller = new AbortController();
      const { signal } = controller;
      const listeners = new Set<unknown>();
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (type: string, listener: any) => (listeners.add(listener), add(type, listener));
      signal.removeEventListener = (type: string, listener: any) => (
        listeners.delete(listener),
        remove(type, listener)
      );
      Object.assign(window, { controller, listeners });
    });
    const listening = (): Promise<number> =>
      page.evaluate(() => (window as unknown as { listeners: Set<unknown> }).listeners.size);
    const run = (): Promise<void> =>
      page.evaluate(() => {
        void window.strict.run({ signal: (window as unknown as { controller: AbortController }).controller.signal });
      });
    let former = "";
    for (let round = 0; round < 3; round++) {
      await run();
      former = await complete(page, former);
      await page.waitForFunction((count) => window.strict.results.length === count, round + 1);
      expect(await listening()).toBe(0);
    }
    await run();
    await page.waitForFunction(() => window.strict.challenges.current() !== undefined);
    expect(await listening()).toBe(1);
    await page.evaluate(() => (window as unknown as { controller: AbortController }).controller.abort());
    await untilStatus(page, "cancelled");
    expect(await listening()).toBe(0);
    await run();
    await page.waitForFunction(() => window.strict.results.length === 5);
    expect(sent()).toBe(7);
  });

  itInFull("waits for a review again once that was cancelled", async () => {
    world.backend.provider.answerNext("REVIEW_REQUIRED");
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount());
    await untilStatus(page, "idle");
    await page.evaluate(() => void window.strict.run());
    await untilStatus(page, "review");
    for (let round = 0; round < 2; round++) {
      await page.evaluate(() => void window.strict.wait());
      await untilStatus(page, "review");
      await page.evaluate(() => window.strict.cancel());
      await untilStatus(page, "cancelled");
    }
    expect(await page.evaluate(() => window.strict.results)).toEqual([202, undefined, undefined]);
  });

  itInFull("is cancelled where it is hidden, and runs again where it is shown", async () => {
    const page = await world.open("/");
    await page.evaluate(() => window.strict.mount({ atOnce: true }));
    const former = await openChallenge(page);
    await page.evaluate(() => window.strict.mount({ atOnce: true, mode: "hidden" }));
    await page.waitForFunction(() => window.strict.challenges.current() === undefined);
    await page.evaluate(() => window.strict.mount({ atOnce: true }));
    await complete(page, former);
    await untilStatus(page, "done");
    expect(world.backend.ran).toHaveLength(1);
  });

  itInFull("resumes a redirect once, and shows its result", async () => {
    const page = await world.open("/?leaves");
    await page.evaluate(() => window.strict.mount());
    await untilStatus(page, "idle");
    await page.evaluate(() => void window.strict.run());
    await page.waitForURL((url) => url.pathname === "/challenge");
    await page.click("#approve");
    await page.waitForFunction(() => document.querySelector("#resumed")?.textContent !== "");
    expect(await page.textContent("#resumed")).toMatch(/^withdraw-funds 201 \{"ran":1\}$/);
    expect(world.backend.ran).toHaveLength(1);
    expect(sent()).toBe(2);
  });
});
